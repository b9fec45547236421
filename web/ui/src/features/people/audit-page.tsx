import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { AuditEntry, AuditPage as Entries } from '@/api/types'
import { Mark, Page, Panel, Row } from '@/components/page'
import { activityQuery, type ActivitySearch } from '@/lib/activity-search'
import { useMay } from '@/lib/auth'
import { formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { AuditFilters } from './audit-filters'
import { codesOf, detailsOf, sentenceOf } from './audit-words'
import './audit.css'

const TONES = { refused: 'warn', error: 'bad' } as const

type PageProps = { search: ActivitySearch; onSearch: (search: ActivitySearch) => void }

/** What was done here and by whom, for administrators. */
export function AuditPage(props: PageProps) {
  const { t } = useTranslation()
  const may = useMay()
  if (may.administer) return <Log {...props} />
  return (
    <Page title={t('audit.title')}>
      <p role="alert">{t('people.notYours')}</p>
    </Page>
  )
}

/** The entries, latest first, narrowed as the address says. */
function Log({ search, onSearch }: PageProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const query = activityQuery(search)
  const log = useInfiniteQuery({
    queryKey: keys.audit(query),
    queryFn: ({ pageParam, signal }): Promise<Entries> =>
      unwrap(api.GET('/api/admin/audit', { params: { query: compact({ ...query, after: pageParam }) }, signal })),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page: Entries) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  const entries = (log.data?.pages ?? []).flatMap((page) => page.items)
  const isNarrowed = Object.keys(search).length > 0
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
      <AuditFilters search={search} onSearch={onSearch} />
      {log.error && <p role="alert">{problemText(log.error)}</p>}
      <Panel
        title={t('audit.entries')}
        actions={
          isNarrowed && (
            <button type="button" className="btn small" onClick={() => onSearch({})}>
              {t('audit.clear')}
            </button>
          )
        }
      >
        <p className="quiet audit-none" role="status">
          {log.isSuccess && entries.length === 0 && t('audit.none')}
        </p>
        <ul className="rows" aria-busy={log.isPlaceholderData}>
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </ul>
        {log.hasNextPage && (
          <button
            type="button"
            className="btn audit-more"
            aria-disabled={log.isFetchingNextPage}
            onClick={() => log.isFetchingNextPage || void log.fetchNextPage()}
          >
            {t('audit.more')}
          </button>
        )}
      </Panel>
    </Page>
  )
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const words = { t, locale }
  const facts = [formatMoment(entry.at, locale), entry.ip, ...detailsOf(entry, words)]
  return (
    <Row
      name={<span>{sentenceOf(entry, words)}</span>}
      marks={entry.outcome !== 'ok' && <Mark tone={TONES[entry.outcome]}>{t(`audit.outcome.${entry.outcome}`)}</Mark>}
      note={
        <>
          {facts.filter((fact) => fact !== '').join(' · ')}
          {codesOf(entry).map((code) => (
            <code key={code} className="audit-code">
              {code}
            </code>
          ))}
        </>
      }
    />
  )
}
