import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field, SelectField } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import type { SheetProps } from './sheets'
import { dateChange, type DateWish } from './target'

const numberOf = (text: string): number => (text === '' ? 0 : Number(text))

/** When pictures were really taken: so much later or earlier, one date for all, or as the files say. */
export function DateSheet({ count, onChange, onClose }: SheetProps) {
  const { t } = useTranslation()
  const [how, setHow] = useState<DateWish['how']>('shift')
  const [direction, setDirection] = useState<'later' | 'earlier'>('later')
  const [days, setDays] = useState('')
  const [hours, setHours] = useState('1')
  const [minutes, setMinutes] = useState('')
  const [local, setLocal] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const wishes: Record<DateWish['how'], DateWish> = {
    shift: {
      how: 'shift',
      later: direction === 'later',
      days: numberOf(days),
      hours: numberOf(hours),
      minutes: numberOf(minutes),
    },
    set: { how: 'set', local },
    file: { how: 'file' },
  }
  const change = dateChange(wishes[how])
  const submit = async () => {
    if (!change) return
    setIsBusy(true)
    const isTaken = await onChange(change, (changed) => t('actions.did.date', { count: changed }))
    if (isTaken) onClose()
    else setIsBusy(false)
  }
  const hints = { shift: t('actions.date.shiftHint'), file: t('actions.date.fileHint'), set: undefined }
  const hint = hints[how]
  const part = { type: 'number', min: 0, inputMode: 'numeric' } as const
  return (
    <Sheet title={t('actions.date.title', { count })} onClose={onClose}>
      <SheetForm
        submit={t('actions.date.submit')}
        isBusy={isBusy}
        isReady={change !== null}
        problem={null}
        onSubmit={() => void submit()}
        onClose={onClose}
      >
        <SelectField
          label={t('actions.date.how')}
          value={how}
          options={[
            { value: 'shift', text: t('actions.date.shift') },
            { value: 'set', text: t('actions.date.set') },
            { value: 'file', text: t('actions.date.file') },
          ]}
          {...(hint === undefined ? {} : { hint })}
          onChoose={setHow}
        />
        {how === 'shift' && (
          <>
            <SelectField
              label={t('actions.date.direction')}
              value={direction}
              options={[
                { value: 'later', text: t('actions.date.later') },
                { value: 'earlier', text: t('actions.date.earlier') },
              ]}
              onChoose={setDirection}
            />
            <div className="date-parts">
              <Field {...part} label={t('actions.date.days')} max={36_500} value={days} onText={setDays} />
              <Field {...part} label={t('actions.date.hours')} max={999} value={hours} onText={setHours} />
              <Field {...part} label={t('actions.date.minutes')} max={999} value={minutes} onText={setMinutes} />
            </div>
          </>
        )}
        {how === 'set' && (
          <Field
            label={t('actions.date.moment')}
            type="datetime-local"
            max="9999-12-31T23:59"
            required
            value={local}
            onText={setLocal}
          />
        )}
      </SheetForm>
    </Sheet>
  )
}
