import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, BASE, unwrap } from '@/api/client'
import type { AuthState, Me } from '@/api/types'
import { keys } from './query'

/** Whether there is an account at all, whether this browser is signed in, and how people sign in here. */
export const authState = queryOptions({
  queryKey: keys.auth,
  queryFn: ({ signal }): Promise<AuthState> => unwrap(api.GET('/api/auth/state', { signal })),
  staleTime: 60_000,
})

/** The person who is signed in. */
export const me = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }): Promise<Me> => unwrap(api.GET('/api/me', { signal })),
  staleTime: 60_000,
  // An administrator may have changed the role meanwhile.
  refetchOnWindowFocus: true,
})

/** What the role of the person allows. The routes have loaded it before anything that asks is drawn. */
export function useMay(): { add: boolean; administer: boolean } {
  const role = useQuery(me).data?.role
  return { add: role === 'admin' || role === 'member', administer: role === 'admin' }
}

/** A path inside the page to go to after signing in; anything else is ignored. */
export function safeNext(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined
}

/** Where the way through the home's identity provider begins; it comes back to `next`, a path inside the page. */
export function providerUrl(purpose: 'login' | 'connect' | 'confirm', next: string): string {
  return `${BASE}/api/auth/oidc/start?${new URLSearchParams({ purpose, next }).toString()}`
}
