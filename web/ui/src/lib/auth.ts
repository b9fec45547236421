import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { AuthState, Me } from '@/api/types'
import { keys } from './query'

/** Whether there is an account at all, and whether this browser is signed in. */
export const authState = queryOptions({
  queryKey: keys.auth,
  queryFn: ({ signal }): Promise<AuthState> => unwrap(api.GET('/api/auth/state', { signal })),
  staleTime: 60_000,
})

/** The person who is signed in. */
export const me = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }): Promise<Me> => unwrap(api.GET('/api/me', { signal })),
  staleTime: Infinity,
})
