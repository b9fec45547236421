import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { SearchAnswer } from '@/api/types'
import { PAGE_SIZE } from '@/lib/assets'
import { isHandle, type LibrarySearch } from '@/lib/library-search'
import { keys } from '@/lib/query'

/** What a search asks for, besides which of its pages. */
type Asked = Omit<LibrarySearch, 'photo'>

function askedOf({ q, like, like_weight, folder, folder_id, tag }: LibrarySearch): Asked {
  return compact({ q, like, like_weight, folder, folder_id, tag })
}

/** One page of an answer. A picture of one's own, or one that has a weight, can only be said in a body. */
async function answerPage(asked: Asked, after: string | undefined, signal: AbortSignal): Promise<SearchAnswer> {
  const { like, like_weight, ...rest } = asked
  const page = compact({ ...rest, limit: PAGE_SIZE, after })
  if (like === undefined || (!isHandle(like) && like_weight === undefined))
    return unwrap(api.GET('/api/search', { params: { query: compact({ ...page, like }) }, signal }))
  const term = { weight: like_weight ?? 1, ...(isHandle(like) ? { picture: like } : { asset: like }) }
  return unwrap(api.POST('/api/search', { body: { ...page, terms: [term] }, signal }))
}

/** Best matches first. The answer to the query before stays on show until the new one is there. */
export function searchResults(search: LibrarySearch) {
  const asked = askedOf(search)
  return infiniteQueryOptions({
    queryKey: keys.search(asked),
    queryFn: ({ pageParam, signal }) => answerPage(asked, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: SearchAnswer) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export const tagList = queryOptions({
  queryKey: keys.tags,
  queryFn: ({ signal }) => unwrap(api.GET('/api/tags', { signal })),
})
