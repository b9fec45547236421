import { CalendarDays } from 'lucide-react'
import { useRef, useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset, AssetPatch } from '@/api/types'
import { formatDay, formatTaken } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { useEdit } from '../use-edit'
import { Fact } from './fact'
import { fieldOf, ZONES, zoneName } from './taken'
import { useFocusBack } from './use-focus-back'

type TakenProps = { asset: Asset; mayChange: boolean }

/** When a picture was taken, who says so, and the way to say it better. */
export function TakenFact({ asset, mayChange }: TakenProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const [isOpen, setIsOpen] = useState(false)
  const { taken } = asset
  const shown = taken && formatTaken(taken.local, locale)
  const zone = taken?.offset_minutes ?? null
  const source = taken && t(taken.source === 'person' ? 'details.dateByPerson' : 'details.dateByCamera')
  return (
    <Fact
      icon={CalendarDays}
      name={t('details.date')}
      first={shown?.day ?? t('details.noDate')}
      second={
        <>
          {shown && (
            <div>
              {[shown.time, ...(zone === null ? [] : [zoneName(zone)]), ...(source === null ? [] : [source])].join(
                ' · ',
              )}
            </div>
          )}
          <div>{t('details.added', { day: formatDay(asset.uploaded_at, locale) })}</div>
          {mayChange && !isOpen && (
            <button type="button" data-opens className="details-link" onClick={() => setIsOpen(true)}>
              {t(taken === null ? 'details.setDate' : 'details.changeDate')}
            </button>
          )}
          {isOpen && <TakenForm asset={asset} onClose={() => setIsOpen(false)} />}
        </>
      }
    />
  )
}

function TakenForm({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const { t } = useTranslation()
  const edit = useEdit()
  const form = useRef<HTMLFormElement>(null)
  useFocusBack(form)
  const { taken } = asset
  const [local, setLocal] = useState(taken ? fieldOf(taken.local) : '')
  const [zone, setZone] = useState(String(taken?.offset_minutes ?? ''))
  const save = async (body: AssetPatch, shown: Asset['taken']) => {
    const isSaved = await edit(asset.id, { body, show: (was) => ({ ...was, taken: shown }) })
    if (isSaved) onClose()
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const said = { local: `${local}:00`, offset_minutes: zone === '' ? null : Number(zone) }
    if (local !== '') void save({ taken: said }, { ...said, source: 'person' })
  }
  return (
    <form
      ref={form}
      className="details-form"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <input
        type="datetime-local"
        // The person just asked for it.
        autoFocus
        aria-label={t('details.dateAndTime')}
        required
        value={local}
        onChange={(event) => setLocal(event.target.value)}
      />
      <select aria-label={t('details.zone')} value={zone} onChange={(event) => setZone(event.target.value)}>
        <option value="">{t('details.noZone')}</option>
        {ZONES.map((minutes) => (
          <option key={minutes} value={minutes}>
            {zoneName(minutes)}
          </option>
        ))}
      </select>
      <span className="details-row">
        <button type="submit" className="btn small primary">
          {t('details.save')}
        </button>
        <button type="button" className="btn small" onClick={onClose}>
          {t('sheet.cancel')}
        </button>
        {taken?.source === 'person' && (
          <button type="button" className="btn small" onClick={() => void save({ taken: null }, taken)}>
            {t('details.dateOfFile')}
          </button>
        )}
      </span>
    </form>
  )
}
