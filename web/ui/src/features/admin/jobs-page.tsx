import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { FailedReason, WorkReport } from '@/api/types'
import { Panel, Row } from '@/components/page'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import en from '@/locales/en.json'
import { AdminScreen } from './admin-frame'
import { formatAgo, formatSpan } from './durations'
import { ToneSign } from './finding-list'
import { work } from './queries'

type ErrorKey = Extract<keyof typeof en, `error.${string}`>
type RemedyKey = Extract<keyof typeof en, `remedy.${string}`>

/** How everybody's background work goes: what waits, how fast it is done, what failed and why. */
export function JobsPage() {
  const { t } = useTranslation()
  return (
    <AdminScreen
      title={t('admin.jobs')}
      lead={t('admin.jobs.lead')}
      actions={
        <Link to="/failures" className="btn">
          {t('admin.ownFailures')}
        </Link>
      }
    >
      {() => <Work />}
    </AdminScreen>
  )
}

function Work() {
  const problemText = useProblemText()
  const found = useQuery(work)
  if (found.error && !found.data) return <p role="alert">{problemText(found.error)}</p>
  if (!found.data) return null
  return (
    <>
      <Pace work={found.data} />
      <Counts work={found.data} />
      <Reasons reasons={found.data.reasons} />
    </>
  )
}

/** What goes on, in one sentence. */
function Pace({ work: { pending, running, failed, worker, seconds_left: left, per_second: rate } }: WorkProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const waiting = pending + running
  const isStill = waiting > 0 && worker.state === 'silent'
  const tone = isStill ? 'bad' : failed > 0 ? 'warn' : 'ok'
  const perMinute = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(rate * 60)
  const sentence = isStill
    ? t('admin.pace.still', { count: waiting })
    : waiting > 0
      ? t('admin.pace.busy', { count: waiting })
      : failed > 0
        ? t('admin.pace.doneBut', { count: failed })
        : t('admin.pace.done')
  const notes = [
    waiting > 0 && rate > 0 && t('admin.pace.rate', { rate: perMinute }),
    waiting > 0 && left !== null && t('admin.pace.left', { span: formatSpan(left, locale) }),
    worker.seconds !== null && t('admin.workerSeen', { ago: formatAgo(worker.seconds, locale) }),
  ].filter((note) => note !== false)
  return (
    <div className="admin-verdict" data-tone={tone}>
      <ToneSign tone={tone} size={28} />
      <div>
        <p role="status">{sentence}</p>
        <p className="numeric">{notes.join(' · ')}</p>
      </div>
    </div>
  )
}

type WorkProps = { work: WorkReport }

function Counts({ work: { pending, running, failed, done, background } }: WorkProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const number = new Intl.NumberFormat(locale)
  const counts = [
    ['pending', pending, 'none'],
    ['running', running, 'none'],
    ['failed', failed, failed > 0 ? 'bad' : 'none'],
    ['done', done, 'none'],
  ] as const
  return (
    <Panel title={t('admin.counts')} lead={background > 0 && t('admin.background', { count: background })}>
      <dl className="admin-tiles are-small">
        {counts.map(([name, count, tone]) => (
          <div key={name} className="admin-tile" data-tone={tone}>
            <dt>{t(`admin.count.${name}`)}</dt>
            <dd>{number.format(count)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

function Reasons({ reasons }: { reasons: readonly FailedReason[] }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const retry = useMutation({
    mutationFn: (code: string | undefined) => unwrap(api.POST('/api/admin/work/retry', { body: compact({ code }) })),
    onSuccess: async ({ retried }) => {
      showToast(t('failures.retried', { count: retried }))
      await Promise.all(
        [keys.work, keys.status, keys.failures, keys.health].map((queryKey) => client.invalidateQueries({ queryKey })),
      )
    },
    onError: (error) => showToast(problemText(error)),
  })
  const run = (code?: string) => retry.isPending || retry.mutate(code)
  return (
    <Panel
      title={t('admin.failed')}
      lead={t('admin.failed.lead')}
      actions={
        reasons.length > 1 && (
          <button type="button" className="btn" aria-disabled={retry.isPending} onClick={() => run()}>
            <RotateCw size={18} aria-hidden />
            {t('failures.retryAll')}
          </button>
        )
      }
    >
      {reasons.length === 0 && <p className="quiet">{t('admin.failed.none')}</p>}
      <ul className="rows">
        {reasons.map((reason) => (
          <ReasonRow key={reason.code} reason={reason} isBusy={retry.isPending} onRetry={() => run(reason.code)} />
        ))}
      </ul>
    </Panel>
  )
}

type ReasonProps = { reason: FailedReason; isBusy: boolean; onRetry: () => void }

function ReasonRow({ reason: { code, remedy, assets, people }, isBusy, onRetry }: ReasonProps) {
  const { t } = useTranslation()
  const error = `error.${code}`
  const help = `remedy.${code}`
  const title = error in en ? t(error as ErrorKey) : code
  return (
    <Row
      name={title}
      note={
        <>
          {t('folders.assets', { count: assets })}
          {people > 1 && ` · ${t('admin.ofPeople', { count: people })}`}
          <br />
          {help in en ? t(help as RemedyKey) : remedy}
        </>
      }
      actions={
        <button
          type="button"
          className="btn small"
          aria-label={t('failures.retryGroup', { reason: title })}
          aria-disabled={isBusy}
          onClick={onRetry}
        >
          {t('failures.retry')}
        </button>
      }
    />
  )
}
