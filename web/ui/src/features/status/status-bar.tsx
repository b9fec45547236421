import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CloudOff, HardDrive, SearchX, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { useCondition } from './use-condition'
import './status.css'

/** One line about what does not work, with what can be done; nothing while all is well. */
export function StatusBar() {
  const { t } = useTranslation()
  const condition = useCondition()
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
      return (
        <Line
          tone="warn"
          icon={TriangleAlert}
          text={t('status.failed', { count: condition.count })}
          action={<RetryFailed />}
        />
      )
    case 'indexing':
    case 'well':
      return null
  }
}

type LineProps = { tone: 'bad' | 'warn'; icon: LucideIcon; text: string; action?: ReactNode }

function Line({ tone, icon: Icon, text, action }: LineProps) {
  return (
    <div className="status-bar" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={17} aria-hidden />
      <span>{text}</span>
      {action}
    </div>
  )
}

function RetryFailed() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const retry = useMutation({
    mutationFn: () => unwrap(api.POST('/api/jobs/retry', { body: {} })),
    onSuccess: () =>
      Promise.all([keys.status, keys.assetLists].map((queryKey) => client.invalidateQueries({ queryKey }))),
    onError: (error) => showToast(problemText(error)),
  })
  return (
    <button type="button" className="btn small" disabled={retry.isPending} onClick={() => retry.mutate()}>
      {t('status.retry')}
    </button>
  )
}
