import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { Facets, SearchAnswer } from '@/api/types'
import { PAGE_SIZE } from '@/lib/assets'
import { filtersOf } from '@/lib/library-filters'
import { isHandle, strengthOf, type LibrarySearch } from '@/lib/library-search'
import { keys } from '@/lib/query'
import { listed, present } from '@/lib/reading'

/** A first search with a new model may have no end for a moment; it is asked again, but not for ever. */
const NO_END_YET_MS = 1_500
const MOST_LOOKS = 6
/** Of fewer pictures nothing can be told of chance: their answers never end. */
const FEWEST_CUT = 8

/** What a search asks for, besides which of its pages. */
function askedOf(search: LibrarySearch) {
  const { q, like, like_weight, right, wrong, unfolded } = search
  const strength = strengthOf(search)
  return present({ ...filtersOf(search), q, like, like_weight, right, wrong, strength, collapse: unfolded !== true })
}

type Asked = ReturnType<typeof askedOf>

/** One page of an answer. A picture of one's own, or one that has a weight, can only be said in a body. */
async function answerPage(asked: Asked, after: string | undefined, signal: AbortSignal): Promise<SearchAnswer> {
  const { like, like_weight, right, wrong, ...rest } = asked
  const page = compact({ ...rest, limit: PAGE_SIZE, after })
  if (like === undefined || (!isHandle(like) && like_weight === undefined))
    return unwrap(api.GET('/api/search', { params: { query: compact({ ...page, like, right, wrong }) }, signal }))
  const term = { weight: like_weight ?? 1, ...(isHandle(like) ? { picture: like } : { asset: like }) }
  const marks = { right: listed(right), wrong: listed(wrong) }
  return unwrap(api.POST('/api/search', { body: { ...page, ...marks, terms: [term] }, signal }))
}

/** Whether the answer will end somewhere, once the server knows what chance gives. */
function hasNoEndYet({ cut, model, degraded, matched, notes }: SearchAnswer): boolean {
  return (
    cut === null && model !== '' && degraded === null && notes.length === 0 && (matched ?? FEWEST_CUT) >= FEWEST_CUT
  )
}

/** Best matches first. The answer to the query before stays on show until the new one is there. */
export function searchResults(search: LibrarySearch) {
  const what = askedOf(search)
  return infiniteQueryOptions({
    queryKey: keys.search(what),
    queryFn: ({ pageParam, signal }) => answerPage(what, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: SearchAnswer) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => {
      const first = query.state.data?.pages[0]
      return first && hasNoEndYet(first) && query.state.dataUpdateCount < MOST_LOOKS ? NO_END_YET_MS : false
    },
  })
}

/** What is below the end of an answer; `from` is what the answer calls `beyond`. */
export function resultsBeyond(search: LibrarySearch, from: string) {
  const what = askedOf(search)
  return infiniteQueryOptions({
    queryKey: keys.searchBeyond(what, from),
    queryFn: ({ pageParam, signal }) => answerPage(what, pageParam, signal),
    initialPageParam: from,
    getNextPageParam: (page: SearchAnswer) => page.next ?? undefined,
  })
}

/** How many pictures of what is on show have each year, folder, tag, camera, type and owner. */
export function facetsOf(search: LibrarySearch) {
  const { q } = search
  // Of a picture of one's own nothing can be counted, so all is that the filters leave.
  const like = isHandle(search.like) ? undefined : search.like
  const what = compact({ ...filtersOf(search), q, like, strength: strengthOf(search) })
  return queryOptions({
    queryKey: keys.facets(what),
    queryFn: ({ signal }): Promise<Facets> => unwrap(api.GET('/api/facets', { params: { query: what }, signal })),
    placeholderData: keepPreviousData,
  })
}

export const tagList = queryOptions({
  queryKey: keys.tags,
  queryFn: ({ signal }) => unwrap(api.GET('/api/tags', { signal })),
})
