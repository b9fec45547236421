import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { BASE } from '@/api/client'
import { SignUpScreen } from '@/features/account/sign-up-screen'
import { authState } from '@/lib/auth'

/** The token after `#invite=` of the link; a fragment never reaches a server's log. */
function inviteOfAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('invite')
}

export function SignUp() {
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const state = useQuery(authState).data
  const [invite] = useState(inviteOfAddress)
  useEffect(() => {
    // Out of the address bar and the history at once.
    if (location.hash) void navigate({ to: '/signup', replace: true })
  }, [navigate])
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    await router.navigate({ to: '/', search: {}, replace: true })
  }
  if (!state) return null
  return (
    <SignUpScreen state={state} invite={invite} signInHref={`${BASE}/sign-in?local=1`} onDone={() => void done()} />
  )
}
