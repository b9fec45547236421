import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import en from '@/locales/en.json'

type Key = Extract<keyof typeof en, `signIn.error.${string}`>

/** Says why the way through the identity provider led nowhere; a code that is unknown here says so in general. */
export function useSignInErrorText(): (code: string) => string {
  const { t } = useTranslation()
  return useCallback(
    (code: string) => {
      const key = `signIn.error.${code}`
      return t(key in en ? (key as Key) : 'signIn.error.sign_in_refused')
    },
    [t],
  )
}
