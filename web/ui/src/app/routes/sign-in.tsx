import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { BASE } from '@/api/client'
import { SignInScreen } from '@/features/account/sign-in-screen'
import { authState, providerUrl } from '@/lib/auth'

export function SignIn() {
  const client = useQueryClient()
  const router = useRouter()
  const search = useSearch({ from: '/sign-in' })
  const state = useQuery(authState).data
  const next = search.next ?? '/'
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    router.history.replace(`${BASE}${next}`)
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
      onDone={() => void done()}
    />
  )
}
