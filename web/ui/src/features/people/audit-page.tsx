import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { AuditEntry, AuditPage as Entries } from '@/api/types'
import { SelectField } from '@/components/fields'
import { Mark, Page, Panel, Row } from '@/components/page'
import { formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import './audit.css'

/** The first words of actions, which are what the log is narrowed by. */
const KINDS = [
  'auth',
  'user',
  'session',
  'password',
  'key',
  'invite',
  'identity',
  'folder',
  'asset',
  'model',
  'settings',
] as const
type Kind = (typeof KINDS)[number] | 'all'

const OUTCOMES = ['ok', 'refused', 'error'] as const
type Outcome = (typeof OUTCOMES)[number] | 'all'

const TONES = { ok: undefined, refused: 'warn', error: 'bad' } as const

/** What was done here and by whom, latest first. */
export function AuditPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [kind, setKind] = useState<Kind>('all')
  const [outcome, setOutcome] = useState<Outcome>('all')
  const filters = compact({
    action: kind === 'all' ? undefined : kind,
    outcome: outcome === 'all' ? undefined : outcome,
  })
  const log = useInfiniteQuery({
    queryKey: keys.audit(filters),
    queryFn: ({ pageParam, signal }): Promise<Entries> =>
      unwrap(api.GET('/api/admin/audit', { params: { query: compact({ ...filters, after: pageParam }) }, signal })),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page: Entries) => page.next ?? undefined,
    staleTime: 0,
  })
  const entries = (log.data?.pages ?? []).flatMap((page) => page.items)
  return (
    <Page
      title={t('audit.title')}
      lead={t('audit.lead')}
      actions={
        <Link to="/people" className="btn">
          <Users size={18} aria-hidden />
          {t('people.title')}
        </Link>
      }
    >
      <div className="audit-filters">
        <SelectField
          label={t('audit.kind')}
          value={kind}
          options={[
            { value: 'all', text: t('audit.all') },
            ...KINDS.map((value) => ({ value, text: t(`audit.kind.${value}`) })),
          ]}
          onChoose={setKind}
        />
        <SelectField
          label={t('audit.outcome')}
          value={outcome}
          options={[
            { value: 'all', text: t('audit.all') },
            ...OUTCOMES.map((value) => ({ value, text: t(`audit.outcome.${value}`) })),
          ]}
          onChoose={setOutcome}
        />
      </div>
      {log.error && <p role="alert">{problemText(log.error)}</p>}
      <Panel title={t('audit.entries')}>
        {log.isSuccess && entries.length === 0 && <p className="quiet">{t('audit.none')}</p>}
        <ul className="rows">
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </ul>
        {log.hasNextPage && (
          <button
            type="button"
            className="btn audit-more"
            disabled={log.isFetchingNextPage}
            onClick={() => void log.fetchNextPage()}
          >
            {t('trash.more')}
          </button>
        )}
      </Panel>
    </Page>
  )
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const who = entry.actor === null ? t('audit.nobody') : entry.actor.name || t('audit.gone')
  const outcome = t(`audit.outcome.${entry.outcome}`)
  return (
    <Row
      name={<span className="audit-action">{entry.action}</span>}
      marks={<Mark tone={TONES[entry.outcome]}>{entry.reason === '' ? outcome : `${outcome}: ${entry.reason}`}</Mark>}
      note={[formatMoment(entry.at, locale), who, entry.ip, entry.object].filter((part) => part !== '').join(' · ')}
    />
  )
}
