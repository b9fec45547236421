import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import { keys } from './query'

/** What the person looked for lately, and whether that is remembered. */
export const recentSearches = queryOptions({
  queryKey: keys.recentSearches,
  queryFn: ({ signal }) => unwrap(api.GET('/api/recent-searches', { signal })),
  staleTime: 0,
})

/** Asks anew for whatever shows what was looked for. */
export async function refreshRecent(client: QueryClient): Promise<void> {
  await Promise.all(
    [keys.recentSearches, keys.allSuggestions].map((queryKey) => client.invalidateQueries({ queryKey })),
  )
}

/** Forgets this text, or null: all of them. */
export async function forgetRecent(client: QueryClient, text: string | null): Promise<void> {
  await unwrap(api.DELETE('/api/recent-searches', { params: { query: compact({ text: text ?? undefined }) } }))
  await refreshRecent(client)
}
