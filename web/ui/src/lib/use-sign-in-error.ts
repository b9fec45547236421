import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type en from '@/locales/en.json'

type Key = Extract<keyof typeof en, `signIn.error.${string}`>

/** Says why the way through the identity provider led nowhere; a code that is unknown here says so in general. */
export function useSignInErrorText(): (code: string) => string {
  const { t, i18n } = useTranslation()
  return useCallback(
    (code: string) => {
      const key = `signIn.error.${code}`
      return t(i18n.exists(key) ? (key as Key) : 'signIn.error.sign_in_refused')
    },
    [t, i18n],
  )
}
