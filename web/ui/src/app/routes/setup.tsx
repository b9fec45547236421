import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'
import { SetupScreen } from '@/features/account/setup-screen'
import { authState } from '@/lib/auth'
import { useLinkToken } from '@/lib/use-link-token'

export function Setup() {
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const clear = useCallback(() => void navigate({ to: '/setup', replace: true }), [navigate])
  const token = useLinkToken('token', clear)
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    await router.navigate({ to: '/', search: {}, replace: true })
  }
  return <SetupScreen key={token} linkToken={token} onDone={() => void done()} />
}
