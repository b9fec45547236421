import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { codeOf } from '@/api/errors'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { editAsset, type Change } from './edits'

/** Changes a picture; whether that is saved. What failed is said, with the way to try it again. */
export function useEdit(): (id: string, change: Change) => Promise<boolean> {
  const client = useQueryClient()
  const { t } = useTranslation()
  const problemText = useProblemText()
  return useCallback(
    async (id, change) => {
      const attempt = async (): Promise<boolean> => {
        try {
          await editAsset(client, id, change)
          return true
        } catch (error) {
          const reason = problemText(error, { conflict: t('viewer.editTrashed') })
          const again = { label: t('viewer.tryAgain'), run: () => void attempt() }
          showToast(t('viewer.notSaved', { reason }), codeOf(error) === 'conflict' ? undefined : again)
          return false
        }
      }
      return attempt()
    },
    [client, t, problemText],
  )
}
