import { useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { BASE } from '@/api/client'
import { SignInScreen } from '@/features/account/sign-in-screen'
import { authState } from '@/lib/auth'

export function SignIn() {
  const client = useQueryClient()
  const router = useRouter()
  const { next } = useSearch({ from: '/sign-in' })
  const done = async () => {
    await client.query({ ...authState, staleTime: 0 })
    router.history.replace(`${BASE}${next ?? '/'}`)
  }
  return <SignInScreen onDone={() => void done()} />
}
