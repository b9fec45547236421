import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CloudOff, HardDrive, LoaderCircle, SearchX, TriangleAlert, type LucideIcon } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { codeOf } from '@/api/errors'
import { keys } from '@/lib/query'
import { serverStatus } from '@/lib/status'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { conditionOf, watchProgress, type Progress } from './condition'
import './status.css'

/** One line about what does not work or is not finished, with what can be done; nothing while all is well. */
export function StatusBar() {
  const { t } = useTranslation()
  const { data: status, error, dataUpdatedAt } = useQuery(serverStatus)
  const [watched, setWatched] = useState<{ at: number; progress: Progress | null }>({ at: 0, progress: null })
  if (status && watched.at !== dataUpdatedAt) setWatched({ at: dataUpdatedAt, progress: watchProgress(watched.progress, status, dataUpdatedAt) })
  const { progress } = watched
  const isOffline = error !== null && codeOf(error) !== 'unauthenticated'
  const condition = conditionOf(status, { isOffline, progress, now: dataUpdatedAt })
  switch (condition.kind) {
    case 'offline':
      return <Line tone="bad" icon={CloudOff} text={t('status.offline')} />
    case 'volume-missing':
      return <Line tone="bad" icon={HardDrive} text={t('status.volumeMissing')} />
    case 'volume-foreign':
      return <Line tone="bad" icon={HardDrive} text={t('status.volumeForeign')} />
    case 'model-missing':
      return <Line tone="warn" icon={SearchX} text={t('status.modelMissing')} />
    case 'worker-behind':
      return <Line tone="warn" icon={TriangleAlert} text={t('status.workerBehind', { count: condition.count })} />
    case 'failed':
      return <Line tone="warn" icon={TriangleAlert} text={t('status.failed', { count: condition.count })} action={<RetryFailed />} />
    case 'indexing':
      return <Line tone="calm" icon={LoaderCircle} text={t('status.indexing', { count: condition.count })} part={condition.part} />
    case 'well':
      return null
  }
}

type LineProps = { tone: 'bad' | 'warn' | 'calm'; icon: LucideIcon; text: string; action?: ReactNode; part?: number }

function Line({ tone, icon: Icon, text, action, part }: LineProps) {
  return (
    <div className="status-bar" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={17} aria-hidden className={tone === 'calm' ? 'spinner' : ''} />
      <span>{text}</span>
      {action}
      {part !== undefined && (
        <span className="bar">
          <i style={{ transform: `scaleX(${part})` }} />
        </span>
      )}
    </div>
  )
}

function RetryFailed() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const retry = useMutation({
    mutationFn: () => unwrap(api.POST('/api/jobs/retry', { body: {} })),
    onSuccess: () => Promise.all([keys.status, keys.assetLists].map((queryKey) => client.invalidateQueries({ queryKey }))),
    onError: (error) => showToast(problemText(error)),
  })
  return (
    <button type="button" className="btn small" disabled={retry.isPending} onClick={() => retry.mutate()}>
      {t('status.retry')}
    </button>
  )
}
