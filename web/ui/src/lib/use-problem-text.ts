import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, codeOf } from '@/api/errors'
import en from '@/locales/en.json'

type ErrorKey = Extract<keyof typeof en, `error.${string}`>

/**
 * Turns any thrown value into a sentence in the reader's language; codes unknown here show the server's own sentence.
 * `own` has the words for codes of which the place that asks knows more.
 */
export function useProblemText(): (error: unknown, own?: Readonly<Record<string, string>>) => string {
  const { t } = useTranslation()
  return useCallback(
    (error: unknown, own: Readonly<Record<string, string>> = {}) => {
      const known = own[codeOf(error)]
      if (known !== undefined) return known
      const key = `error.${codeOf(error)}`
      const detail = error instanceof ApiError ? error.problem.detail : ''
      return key in en && !(key === 'error.error' && detail) ? t(key as ErrorKey) : detail || t('error.error')
    },
    [t],
  )
}
