import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { Asset, SearchAnswer, SearchHit } from '@/api/types'
import { listSource, type GridSource } from '@/components/photo-grid/source'
import { filtersOf } from '@/lib/library-filters'
import { isSearching, type LibrarySearch } from '@/lib/library-search'
import type { Month } from '@/lib/timeline/decode'
import { resultsBeyond, searchResults } from './queries'
import { useTimeline } from './use-timeline'

/** What an answer says of itself besides its pictures. */
export type Answer = {
  /** Its first page. */
  first: SearchAnswer
  /** How many of the pictures on show fit; what comes after them is below the end, or only near. */
  fits: number
  /** Whether a picture on show stands for others that are nearly the same. */
  hasAlike: boolean
  /** Whether all that fits is loaded. */
  isWhole: boolean
  /** Whether there is something below the end that is not shown yet. */
  hasBeyond: boolean
  /** Why what is below the end could not be fetched. */
  beyondError: Error | null
  retryBeyond: () => void
}

/** The pictures of one place of the library: what was found, or what there is. */
export type Library = {
  /** What was found; empty while browsing. */
  assets: readonly Asset[]
  /** All pictures in their order, found or browsed. */
  source: GridSource
  /** Of the timeline that is browsed; null for an answer. */
  months: readonly Month[] | null
  /** What each found picture was found by, by asset id; empty while browsing. */
  hits: ReadonlyMap<string, SearchHit>
  /** Of a search; null while browsing, and before anything is there. */
  answer: Answer | null
  hasMore: boolean
  wantMore: () => void
  isLoading: boolean
  /** What is shown belongs to the search before. */
  isStale: boolean
  error: Error | null
  retry: () => void
}

const NONE: readonly SearchHit[] = []

/** The pages of an answer, and of what is below its end where that is asked for. */
function useFound(search: LibrarySearch, searching: boolean) {
  const found = useInfiniteQuery({ ...searchResults(search), enabled: searching })
  const pages = searching ? found.data?.pages : undefined
  const first = pages?.[0]
  const from = pages?.at(-1)?.beyond ?? null
  const isAskedBeyond = search.beyond === true && from !== null && !found.isPlaceholderData
  const below = useInfiniteQuery({ ...resultsBeyond(search, from ?? ''), enabled: isAskedBeyond })
  const belowPages = isAskedBeyond ? below.data?.pages : undefined

  const fitting = useMemo(() => pages?.flatMap((page) => page.items) ?? NONE, [pages])
  const others = useMemo(
    () => belowPages?.flatMap((page) => page.items) ?? (fitting.length === 0 && first ? first.nearest : NONE),
    [belowPages, fitting.length, first],
  )
  const all = useMemo(() => [...fitting, ...others], [fitting, others])
  const answer: Answer | null = first
    ? {
        first,
        fits: fitting.length,
        hasAlike: all.some(({ group }) => (group?.size ?? 1) > 1),
        isWhole: !found.hasNextPage,
        hasBeyond: from !== null && belowPages === undefined,
        beyondError: isAskedBeyond ? below.error : null,
        retryBeyond: () => void below.refetch(),
      }
    : null
  return { found, below, isBelow: belowPages !== undefined, all, answer }
}

export function useLibrary(search: LibrarySearch): Library {
  const searching = isSearching(search)
  const { found, below, isBelow, all, answer } = useFound(search, searching)
  const { timeline, view, error } = useTimeline(searching ? null : filtersOf(search))
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = isBelow && !found.hasNextPage ? below : found

  const assets = useMemo(() => all.map((hit) => hit.asset), [all])
  const hits = useMemo(() => new Map(all.map((hit) => [hit.id, hit])), [all])
  const wantMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const list = useMemo(() => listSource(assets, hasNextPage ? wantMore : null), [assets, hasNextPage, wantMore])
  if (!searching)
    return {
      ...NOTHING_FOUND,
      source: view?.source ?? list,
      months: view?.layout.months ?? NO_MONTHS,
      isLoading: !view && !error,
      error,
      retry: () => void timeline?.refresh(),
    }
  return {
    assets,
    source: list,
    months: null,
    hits,
    answer,
    hasMore: hasNextPage,
    wantMore,
    isLoading: found.isPending,
    isStale: found.isPlaceholderData,
    error: found.error,
    retry: () => void found.refetch(),
  }
}

const NO_MONTHS: readonly Month[] = []
const NOTHING_FOUND = {
  assets: [],
  hits: new Map<string, SearchHit>(),
  answer: null,
  hasMore: false,
  wantMore: () => undefined,
  isStale: false,
}
