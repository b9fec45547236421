import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleAlert, LoaderCircle, SearchCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Asset } from '@/api/types'
import { isBeingIndexed } from '@/lib/assets'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { Fact } from './fact'

/** Whether a picture can be found by describing it, and why not. */
export function IndexFact({ asset, mayChange }: { asset: Asset; mayChange: boolean }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const retry = useMutation({
    mutationFn: () => unwrap(api.POST('/api/jobs/retry', { body: { asset_ids: [asset.id] } })),
    onSuccess: () => {
      for (const queryKey of [keys.assetLists, keys.asset(asset.id), keys.status])
        void client.invalidateQueries({ queryKey })
    },
    onError: (error) => showToast(problemText(error)),
  })
  if (asset.index.state === 'failed')
    return (
      <Fact
        icon={CircleAlert}
        name={t('details.index')}
        first={t('details.indexFailed')}
        second={
          <span className="details-row">
            <span>{asset.index.error_text}</span>
            {mayChange && (
              <button type="button" className="btn small" disabled={retry.isPending} onClick={() => retry.mutate()}>
                {t('details.indexRetry')}
              </button>
            )}
          </span>
        }
      />
    )
  if (isBeingIndexed(asset)) return <Fact icon={LoaderCircle} name={t('details.index')} first={t('details.indexing')} />
  return <Fact icon={SearchCheck} name={t('details.index')} first={t('details.searchable')} />
}
