import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { compact } from '@/api/client'
import { Field, SelectField } from '@/components/fields'
import {
  ACTIVITY_KINDS,
  isDay,
  OUTCOMES,
  readActivitySearch,
  type ActivityKind,
  type ActivitySearch,
  type Outcome,
} from '@/lib/activity-search'
import { userList } from './queries'

type FiltersProps = {
  search: ActivitySearch
  onSearch: (search: ActivitySearch) => void
}

const KINDS = Object.keys(ACTIVITY_KINDS) as ActivityKind[]

/** What narrows the log: who, what, how it ended, and when. */
export function AuditFilters({ search, onSearch }: FiltersProps) {
  const { t } = useTranslation()
  const users = useQuery(userList).data ?? []
  const all = { value: '' as const, text: t('audit.all') }
  const change = (name: keyof ActivitySearch, value: string) =>
    onSearch(readActivitySearch({ ...search, [name]: value }))
  const isGone = search.person !== undefined && !users.some(({ id }) => id === search.person)
  return (
    <div className="audit-filters">
      <SelectField
        label={t('audit.person')}
        value={search.person ?? ''}
        options={[
          all,
          ...users.map(({ id, name }) => ({ value: id, text: name })),
          ...(isGone ? [{ value: search.person ?? '', text: t('audit.goneFirst') }] : []),
        ]}
        onChoose={(value) => change('person', value)}
      />
      <SelectField<ActivityKind | ''>
        label={t('audit.kind')}
        value={search.kind ?? ''}
        options={[all, ...KINDS.map((value) => ({ value, text: t(`audit.kind.${value}`) }))]}
        onChoose={(value) => change('kind', value)}
      />
      <SelectField<Outcome | ''>
        label={t('audit.outcome')}
        value={search.outcome ?? ''}
        options={[all, ...OUTCOMES.map((value) => ({ value, text: t(`audit.outcome.${value}`) }))]}
        onChoose={(value) => change('outcome', value)}
      />
      <DayField label={t('audit.from')} value={search.from} max={search.to} onChoose={(day) => change('from', day)} />
      <DayField label={t('audit.to')} value={search.to} min={search.from} onChoose={(day) => change('to', day)} />
    </div>
  )
}

type DayProps = {
  label: string
  value: string | undefined
  min?: string | undefined
  max?: string | undefined
  onChoose: (day: string) => void
}

/** A day; what is typed on the way to one (the year 20 before 2026) stays in the field and is not asked for. */
function DayField({ label, value, min, max, onChoose }: DayProps) {
  const [typed, setTyped] = useState<string | null>(null)
  return (
    <Field
      label={label}
      type="date"
      value={typed ?? value ?? ''}
      {...compact({ min, max })}
      onBlur={() => setTyped(null)}
      onText={(text) => {
        setTyped(text)
        if (text === '' || isDay(text)) onChoose(text)
      }}
    />
  )
}
