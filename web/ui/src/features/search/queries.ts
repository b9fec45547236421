import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { SearchAnswer } from '@/api/types'
import { PAGE_SIZE } from '@/lib/assets'
import type { LibrarySearch } from '@/lib/library-search'
import { keys } from '@/lib/query'

/** Best matches first. The answer to the query before stays on show until the new one is there. */
export function searchResults({ q, like, folder, folder_id, tag }: LibrarySearch) {
  const what = compact({ q, like, folder, folder_id, tag })
  return infiniteQueryOptions({
    queryKey: keys.search(what),
    queryFn: ({ pageParam, signal }): Promise<SearchAnswer> =>
      unwrap(
        api.GET('/api/search', { params: { query: compact({ ...what, limit: PAGE_SIZE, after: pageParam }) }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: SearchAnswer) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export const tagList = queryOptions({
  queryKey: keys.tags,
  queryFn: ({ signal }) => unwrap(api.GET('/api/tags', { signal })),
})
