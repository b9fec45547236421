import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { refreshLists } from '@/lib/assets'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'

/** Which failures: all, all of a reason, or these. */
export type Which = { code?: string; assets?: string[]; uploads?: string[] }

export type FailureActions = {
  isBusy: boolean
  retry: (which: { code?: string; assets?: string[] }, name: string | null) => void
  discard: (which: Which) => void
}

/** Trying failures again and letting them go; what goes to the trash can be brought back at once. */
export function useFailureActions(): FailureActions {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const refresh = () => {
    void refreshLists(client)
    return Promise.all(
      [keys.failures, keys.status, keys.trash].map((queryKey) => client.invalidateQueries({ queryKey })),
    )
  }
  const onError = (error: unknown) => showToast(problemText(error))
  const retry = useMutation({
    mutationFn: ({ which }: { which: { code?: string; assets?: string[] }; name: string | null }) =>
      unwrap(api.POST('/api/failures/retry', { body: which })),
    onSuccess: async ({ retried }, { name }) => {
      showToast(name === null ? t('failures.retried', { count: retried }) : t('failures.retriedOne', { name }))
      await refresh()
    },
    onError,
  })
  const restore = useMutation({
    mutationFn: (ids: string[]) => unwrap(api.POST('/api/edits', { body: { changes: { restore: true }, ids } })),
    onSuccess: refresh,
    onError,
  })
  const discard = useMutation({
    mutationFn: ({ assets, uploads }: Which) =>
      unwrap(api.POST('/api/failures/discard', { body: { assets: assets ?? [], uploads: uploads ?? [] } })),
    onSuccess: async ({ trashed, forgotten }, { assets = [] }) => {
      if (trashed > 0)
        showToast(t('failures.trashed', { count: trashed }), {
          label: t('failures.undo'),
          run: () => restore.mutate(assets),
        })
      else showToast(t('failures.forgotten', { count: forgotten }))
      await refresh()
    },
    onError,
  })
  const isBusy = retry.isPending || discard.isPending
  return {
    isBusy,
    retry: (which, name) => isBusy || retry.mutate({ which, name }),
    discard: (which) => isBusy || discard.mutate(which),
  }
}
