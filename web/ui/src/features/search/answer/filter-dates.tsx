import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field } from '@/components/fields'
import type { FilterChange } from '@/lib/library-filters'
import { day } from '@/lib/reading'

type Days = { from: string; to: string }

type DateRangeProps = { from: string | undefined; to: string | undefined; onChange: (change: FilterChange) => void }

/** Two days, typed or picked; what is half typed, or the wrong way round, is not asked for yet. */
export function DateRange({ from = '', to = '', onChange }: DateRangeProps) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState({ from, to, sent: `${from},${to}` })
  // Chosen otherwise meanwhile, by a year or by dropping it.
  if (draft.sent !== `${from},${to}`) setDraft({ from, to, sent: `${from},${to}` })
  const isTurned = draft.from !== '' && draft.to !== '' && draft.from > draft.to
  const take = (change: Partial<Days>) => {
    const days = { from: draft.from, to: draft.to, ...change }
    const isDay = (one: string) => one === '' || day(one) !== undefined
    const isAsked = isDay(days.from) && isDay(days.to) && (days.from === '' || days.to === '' || days.from <= days.to)
    setDraft({ ...days, sent: isAsked ? `${days.from},${days.to}` : draft.sent })
    if (isAsked) onChange({ from: days.from || undefined, to: days.to || undefined })
  }
  return (
    <div className="filter-pair">
      <Field label={t('filter.from')} type="date" value={draft.from} onText={(text) => take({ from: text })} />
      <Field
        label={t('filter.to')}
        type="date"
        value={draft.to}
        onText={(text) => take({ to: text })}
        aria-invalid={isTurned}
      />
      <p className="filter-hint" role="status">
        {isTurned && t('filter.turned')}
      </p>
    </div>
  )
}
