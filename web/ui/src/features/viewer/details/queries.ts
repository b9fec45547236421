import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Tag, TagSuggestions, Whereabouts } from '@/api/types'
import { keys } from '@/lib/query'

const AGAIN_MS = 3_000
const SUGGESTED = 5

/** Where a picture is besides in the library: albums, who sees it, and others nearly the same. */
export function whereaboutsOf(id: string) {
  return queryOptions({
    queryKey: keys.whereabouts(id),
    queryFn: ({ signal }): Promise<Whereabouts> =>
      unwrap(api.GET('/api/assets/{id}/whereabouts', { params: { path: { id } }, signal })),
  })
}

/** The tags that the person sees, the most used first. */
export const tagList = queryOptions({
  queryKey: keys.tags,
  queryFn: ({ signal }): Promise<Tag[]> => unwrap(api.GET('/api/tags', { signal })),
})

/** Tags that a picture may want; none where nothing understands pictures now. */
export function suggestedTags(id: string) {
  return queryOptions({
    queryKey: keys.tagSuggestions(id),
    queryFn: ({ signal }): Promise<TagSuggestions> =>
      unwrap(api.GET('/api/tag-suggestions', { params: { query: { asset: id, limit: SUGGESTED } }, signal })),
    retry: false,
    // Words that the model has not read yet are read meanwhile.
    refetchInterval: ({ state }) =>
      state.data !== undefined && state.data.waiting > 0 && state.dataUpdateCount < 5 ? AGAIN_MS : false,
  })
}

/** Asks again for what a change of where a picture is may have touched. */
export function refreshPlaces(client: QueryClient, id: string): void {
  for (const queryKey of [keys.whereabouts(id), keys.albums, keys.folders, keys.assetLists])
    void client.invalidateQueries({ queryKey })
}
