import { useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { api, unwrap } from '@/api/client'
import type { Asset, AssetPage } from '@/api/types'
import { useUploads } from '@/features/upload/upload-provider'
import { addToLibrary, isBeingIndexed, mergeAssets } from '@/lib/assets'
import { keys } from '@/lib/query'

const BUSY_MS = 1_500
const IDLE_MS = 15_000
/** The newest pictures, asked for each time; what was added lately is among them. */
const HEAD = 60
/** Older pictures that are still on their way, asked for one by one. */
const STRAGGLERS = 6

/**
 * Keeps what is on show up to date without a reload: new pictures appear at the head, from wherever they were added,
 * and lose their mark once they are searchable. Draws nothing.
 */
export function LiveLibrary() {
  const client = useQueryClient()
  const { queue } = useUploads()
  // Rendering anew when this changes sets the timer anew.
  const isUploading = useSyncExternalStore(queue.subscribe, () => queue.processing().length > 0)

  /** Ids on show that are not searchable yet. */
  const waiting = (): string[] => {
    const shown = client.getQueriesData<InfiniteData<AssetPage>>({ queryKey: keys.assetLists })
    const listed = shown.flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? [])
    return [...new Set([...queue.processing(), ...listed.filter(isBeingIndexed).map((asset) => asset.id)])]
  }
  const refresh = async (signal: AbortSignal): Promise<number> => {
    const head = await unwrap(api.GET('/api/assets', { params: { query: { limit: HEAD } }, signal }))
    const seen = new Set(head.items.map((asset) => asset.id))
    const others = waiting()
      .filter((id) => !seen.has(id))
      .slice(0, STRAGGLERS)
    const fetched = await Promise.all(
      others.map((id) => unwrap(api.GET('/api/assets/{id}', { params: { path: { id } }, signal })).catch(() => null)),
    )
    const stragglers = fetched.filter((asset): asset is Asset => asset !== null)
    const before = waiting().length
    addToLibrary(client, head.items)
    mergeAssets(client, stragglers)
    queue.observe([...head.items, ...stragglers])
    const left = waiting().length
    // Searches made before may miss them; the one on show is not rearranged under the reader's eyes.
    if (left < before) void client.invalidateQueries({ queryKey: keys.searches, refetchType: 'none' })
    return left
  }
  useQuery({
    queryKey: ['live'],
    queryFn: ({ signal }) => refresh(signal),
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: true,
    refetchInterval: () => (isUploading || waiting().length > 0 ? BUSY_MS : IDLE_MS),
  })
  return null
}
