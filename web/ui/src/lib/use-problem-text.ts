import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, codeOf } from '@/api/errors'
import en from '@/locales/en.json'

type ErrorKey = Extract<keyof typeof en, `error.${string}`>

/** Turns any thrown value into a sentence in the reader's language; codes unknown here show the server's own sentence. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation()
  return useCallback(
    (error: unknown) => {
      const key = `error.${codeOf(error)}`
      const detail = error instanceof ApiError ? error.problem.detail : ''
      return key in en && !(key === 'error.error' && detail) ? t(key as ErrorKey) : detail || t('error.error')
    },
    [t],
  )
}
