import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { Asset, AssetPage } from '@/api/types'
import { listSource, type GridSource } from '@/components/photo-grid/source'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { moveBefore } from './order'
import { albumAssets, orderIn } from './queries'

export type AlbumPictures = {
  assets: readonly Asset[]
  /** The same in one order, for the grid and the viewer. */
  source: GridSource<Asset>
  hasMore: boolean
  wantMore: () => void
  isLoading: boolean
  error: Error | null
  retry: () => void
}

/** What is in an album, as far as it was fetched. */
export function useAlbumPictures(id: string): AlbumPictures {
  const listed = useInfiniteQuery(albumAssets(id))
  const { fetchNextPage, isFetchingNextPage, hasNextPage, refetch } = listed
  const pages = listed.data?.pages
  const assets = useMemo(() => (pages ?? []).flatMap((page) => page.items), [pages])
  const wantMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const source = useMemo(() => listSource(assets, hasNextPage ? wantMore : null), [assets, hasNextPage, wantMore])
  return {
    assets,
    source,
    hasMore: hasNextPage,
    wantMore,
    isLoading: listed.isPending,
    error: listed.error,
    retry: () => void refetch(),
  }
}

/** Changes the order on show, page by page as long as they were. */
function reordered(data: InfiniteData<AssetPage>, ids: ReadonlySet<string>, before: string | null) {
  const hasMore = data.pages.at(-1)?.next !== null
  const all = data.pages.flatMap((page) => page.items)
  // Behind all others is behind what was not fetched yet.
  const items = before === null && hasMore ? all.filter((item) => !ids.has(item.id)) : moveBefore(all, ids, before)
  let from = 0
  const pages = data.pages.map((page) => {
    const part = items.slice(from, from + page.items.length)
    from += page.items.length
    return { ...page, items: part }
  })
  return { ...data, pages }
}

/** Moves pictures within an album: on show at once, and back if the server refuses. */
export function useArrange(id: string): (ids: ReadonlySet<string>, before: string | null) => void {
  const client = useQueryClient()
  const problemText = useProblemText()
  return useCallback(
    (ids, before) => {
      const queryKey = keys.albumAssets(id)
      const shown = client.getQueryData<InfiniteData<AssetPage>>(queryKey)
      if (!shown || ids.size === 0) return
      const all = shown.pages.flatMap((page) => page.items.map((item) => item.id))
      const inOrder = all.filter((one) => ids.has(one))
      const anchor = before === null ? null : (all.slice(all.indexOf(before)).find((one) => !ids.has(one)) ?? null)
      void client.cancelQueries({ queryKey })
      client.setQueryData(queryKey, reordered(shown, ids, before))
      orderIn(id, inOrder, anchor)
        .catch((error: unknown) => showToast(problemText(error)))
        .finally(() => {
          // Where each page ends is another place now; covers may be others as well.
          void client.invalidateQueries({ queryKey })
          void client.invalidateQueries({ queryKey: keys.albums })
        })
    },
    [client, id, problemText],
  )
}
