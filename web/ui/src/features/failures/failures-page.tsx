import { useQuery } from '@tanstack/react-query'
import { CircleCheck, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { useMay } from '@/lib/auth'
import { useProblemText } from '@/lib/use-problem-text'
import { FailureGroup } from './failure-group'
import { groupsOf } from './groups'
import { failures } from './queries'
import { useFailureActions } from './use-failure-actions'
import './failures.css'

/** What of one's own could not be read, why, what helps, and what becomes of it. */
export function FailuresPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const may = useMay()
  const found = useQuery(failures)
  const actions = useFailureActions()
  const groups = groupsOf(found.data)
  const canRetry = may.add && (found.data?.assets.length ?? 0) > 0
  return (
    <Page
      title={t('failures.title')}
      lead={t('failures.lead')}
      actions={
        canRetry && (
          <button
            type="button"
            className="btn primary"
            aria-disabled={actions.isBusy}
            onClick={() => actions.retry({}, null)}
          >
            <RotateCw size={18} aria-hidden />
            {t('failures.retryAll')}
          </button>
        )
      }
    >
      {found.error && <p role="alert">{problemText(found.error)}</p>}
      {found.isSuccess && groups.length === 0 && (
        <EmptyState icon={CircleCheck} title={t('failures.none')}>
          <p>{t('failures.none.lead')}</p>
        </EmptyState>
      )}
      {groups.map((group) => (
        <FailureGroup key={group.code} group={group} mayChange={may.add} actions={actions} />
      ))}
    </Page>
  )
}
