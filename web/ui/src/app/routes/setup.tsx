import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { SetupScreen } from '@/features/account/setup-screen'
import { authState } from '@/lib/auth'

/** The token after `#token=` of the setup link; a fragment never reaches a server's log. */
function tokenOfAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('token')
}

export function Setup() {
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const [token] = useState(tokenOfAddress)
  useEffect(() => {
    // Out of the address bar and the history at once.
    if (location.hash) void navigate({ to: '/setup', replace: true })
  }, [navigate])
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    await router.navigate({ to: '/', search: {}, replace: true })
  }
  return <SetupScreen linkToken={token} onDone={() => void done()} />
}
