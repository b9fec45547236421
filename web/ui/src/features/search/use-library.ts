import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { compact } from '@/api/client'
import type { Asset } from '@/api/types'
import { assetList } from '@/lib/assets'
import { isSearching, type LibrarySearch } from '@/lib/library-search'
import { searchResults } from './queries'

/** The pictures of one place of the library: what was found, or what there is. */
export type Library = {
  assets: readonly Asset[]
  /** Score of each found picture, by asset id; empty while browsing. */
  scores: ReadonlyMap<string, number | undefined>
  /** Only names were looked through, as no model answers. */
  isDegraded: boolean
  hasMore: boolean
  wantMore: () => void
  isLoading: boolean
  /** What is shown belongs to the search before. */
  isStale: boolean
  error: Error | null
  retry: () => void
}

export function useLibrary(search: LibrarySearch): Library {
  const searching = isSearching(search)
  const found = useInfiniteQuery({ ...searchResults(search), enabled: searching })
  const listed = useInfiniteQuery({
    ...assetList(compact({ folder: search.folder, folder_id: search.folder_id, tag: search.tag })),
    enabled: !searching,
  })
  const active = searching ? found : listed
  const { fetchNextPage, isFetchingNextPage, hasNextPage, refetch } = active

  const foundPages = found.data?.pages
  const listedPages = listed.data?.pages
  const assets = useMemo(
    () =>
      searching
        ? (foundPages ?? []).flatMap((page) => page.items.map((hit) => hit.asset))
        : (listedPages ?? []).flatMap((page) => page.items),
    [searching, foundPages, listedPages],
  )
  const scores = useMemo(
    () =>
      new Map(
        (searching ? (foundPages ?? []) : []).flatMap((page) =>
          page.items.map((hit) => [hit.id, hit.score ?? undefined]),
        ),
      ),
    [searching, foundPages],
  )
  const wantMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return {
    assets,
    scores,
    isDegraded: searching && Boolean(foundPages?.[0]?.degraded),
    hasMore: hasNextPage,
    wantMore,
    isLoading: active.isPending,
    isStale: active.isPlaceholderData,
    error: active.error,
    retry: () => void refetch(),
  }
}
