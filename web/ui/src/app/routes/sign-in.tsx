import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { BASE } from '@/api/client'
import { SignInScreen } from '@/features/account/sign-in-screen'
import { engineOf } from '@/features/upload/engine'
import { authState, me, providerUrl } from '@/lib/auth'
import { useStore } from '@/lib/store'
import { uploadsWaiting } from '@/lib/uploads-waiting'

export function SignIn() {
  const client = useQueryClient()
  const router = useRouter()
  const { t } = useTranslation()
  const waiting = useStore(uploadsWaiting)
  const search = useSearch({ from: '/sign-in' })
  const state = useQuery(authState).data
  const next = search.next ?? '/'
  const before = client.getQueryData(me.queryKey)?.id
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    const now = await client.query({ ...me, staleTime: 0 }).catch(() => null)
    if (before === undefined || before === now?.id) return router.history.replace(`${BASE}${next}`)
    // Somebody else: nothing of the other's library may stay in memory, and what they were adding is not to go on.
    if (now) engineOf(client).belongTo(now.id)
    location.assign(`${BASE}${next}`)
  }
  if (!state) return null
  return (
    <SignInScreen
      state={state}
      providerHref={providerUrl('login', next)}
      signUpHref={`${BASE}/signup`}
      error={search.sign_in_error}
      hasSignedOut={search.signed_out === 1}
      staysHere={search.local === 1}
      note={waiting === 0 ? null : t('upload.waiting', { count: waiting })}
      onDone={() => void done()}
    />
  )
}
