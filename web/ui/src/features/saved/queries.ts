import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { Asset, SavedSearch } from '@/api/types'
import { filtersOf } from '@/lib/library-filters'
import type { LibrarySearch } from '@/lib/library-search'
import { keys } from '@/lib/query'

const NEWS_MS = 2 * 60_000
/** Pictures that stand for a search. */
const PREVIEWED = 4

export const savedSearches = queryOptions({
  queryKey: keys.savedSearches,
  queryFn: ({ signal }): Promise<SavedSearch[]> => unwrap(api.GET('/api/saved-searches', { signal })),
})

/** How much of what each search finds has come since one last looked. */
export const savedNews = queryOptions({
  queryKey: keys.savedNews,
  queryFn: ({ signal }) => unwrap(api.GET('/api/saved-searches/news', { signal })),
  staleTime: NEWS_MS / 2,
  refetchInterval: NEWS_MS,
  retry: false,
})

/** The first pictures of what is asked for, and how many fit; null where that can't be told. */
export type Preview = { assets: Asset[]; total: number | null; isAtLeast: boolean }

/** A look at what an address finds, which leaves no trace among what one looked for. */
export function previewOf({ q, ...search }: LibrarySearch) {
  const asked = compact({ ...filtersOf(search), q, strength: 'balanced' as const })
  return queryOptions({
    queryKey: keys.savedPreview(asked),
    queryFn: async ({ signal }): Promise<Preview> => {
      const query = { ...asked, collapse: true, limit: PREVIEWED, remember: false }
      const answer = await unwrap(api.GET('/api/search', { params: { query }, signal }))
      const assets = answer.items.map((hit) => hit.asset)
      const isCompared = answer.model !== ''
      if (!isCompared) return { assets, total: answer.matched, isAtLeast: answer.matched_at_least }
      const facets = await unwrap(api.GET('/api/facets', { params: { query: asked }, signal })).catch(() => null)
      return { assets, total: facets?.total ?? null, isAtLeast: facets?.cut?.at_least ?? false }
    },
    staleTime: 60_000,
  })
}

/** Says that one looked: nothing is new any more, from now on. */
export async function markSeen(client: QueryClient, id: string): Promise<void> {
  client.setQueryData(savedNews.queryKey, (news) => news?.filter((one) => one.id !== id))
  await unwrap(api.POST('/api/saved-searches/{id}/seen', { params: { path: { id } } }))
}
