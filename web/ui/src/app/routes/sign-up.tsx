import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'
import { BASE } from '@/api/client'
import { SignUpScreen } from '@/features/account/sign-up-screen'
import { authState } from '@/lib/auth'
import { useLinkToken } from '@/lib/use-link-token'

export function SignUp() {
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const state = useQuery(authState).data
  const clear = useCallback(() => void navigate({ to: '/signup', replace: true }), [navigate])
  const invite = useLinkToken('invite', clear)
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    await router.navigate({ to: '/', search: {}, replace: true })
  }
  if (!state) return null
  return (
    <SignUpScreen
      key={invite}
      state={state}
      invite={invite}
      signInHref={`${BASE}/sign-in?local=1`}
      onDone={() => void done()}
    />
  )
}
