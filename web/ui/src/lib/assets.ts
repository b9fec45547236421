import { infiniteQueryOptions, queryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { Asset, AssetPage, AssetPatch, SearchAnswer } from '@/api/types'
import { keys, type Filters } from './query'

/** Items per page of a grid: about four screens of a desktop. */
export const PAGE_SIZE = 100

/** The library, newest upload first. */
export function assetList(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: keys.assets(filters),
    queryFn: ({ pageParam, signal }): Promise<AssetPage> =>
      unwrap(
        api.GET('/api/assets', {
          params: { query: compact({ ...filters, limit: PAGE_SIZE, after: pageParam }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: AssetPage) => page.next ?? undefined,
  })
}

/** One asset, also when it is in no loaded list. */
export function assetById(id: string) {
  return queryOptions({
    queryKey: keys.asset(id),
    queryFn: ({ signal }): Promise<Asset> => unwrap(api.GET('/api/assets/{id}', { params: { path: { id } }, signal })),
  })
}

type Lists = InfiniteData<AssetPage>
type Answers = InfiniteData<SearchAnswer>

function mapLists(client: QueryClient, change: (pages: AssetPage[]) => AssetPage[]): void {
  client.setQueriesData<Lists>({ queryKey: keys.assetLists }, (data) => data && { ...data, pages: change(data.pages) })
}

/** Replaces these assets wherever they are shown. An older revision than the one shown is ignored. */
export function mergeAssets(client: QueryClient, fresh: readonly Asset[]): void {
  const byId = new Map(fresh.map((asset) => [asset.id, asset]))
  const newest = (shown: Asset): Asset => {
    const other = byId.get(shown.id)
    return other !== undefined && other.revision >= shown.revision ? other : shown
  }
  mapLists(client, (pages) => pages.map((page) => ({ ...page, items: page.items.map(newest) })))
  client.setQueriesData<Answers>(
    { queryKey: keys.searches },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.map((hit) => ({ ...hit, asset: newest(hit.asset) })),
        })),
      },
  )
  for (const asset of fresh)
    client.setQueryData<Asset>(keys.asset(asset.id), (shown) => (shown ? newest(shown) : asset))
}

/** Puts assets that no loaded page has at the head of the unfiltered library; those already there are replaced. */
export function addToLibrary(client: QueryClient, fresh: readonly Asset[]): void {
  mergeAssets(client, fresh)
  client.setQueryData<Lists>(keys.assets({}), (data) => {
    const head = data?.pages[0]
    if (!data || !head) return data
    const shown = new Set(data.pages.flatMap((page) => page.items.map((asset) => asset.id)))
    const added = fresh.filter((asset) => !shown.has(asset.id))
    if (added.length === 0) return data
    const items = [...added, ...head.items].sort((a, b) => b.uploaded_at.localeCompare(a.uploaded_at))
    return { ...data, pages: [{ ...head, items }, ...data.pages.slice(1)] }
  })
}

/** Takes an asset out of every list at once, before the server has answered. */
export function dropFromLists(client: QueryClient, id: string): void {
  mapLists(client, (pages) => pages.map((page) => ({ ...page, items: page.items.filter((asset) => asset.id !== id) })))
  client.setQueriesData<Answers>(
    { queryKey: keys.searches },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: page.items.filter((hit) => hit.id !== id) })),
      },
  )
}

/** Asks for every list again: after a delete was refused, or when much has changed. */
export async function refreshLists(client: QueryClient): Promise<void> {
  await Promise.all(
    [keys.assetLists, keys.searches, keys.trash].map((queryKey) => client.invalidateQueries({ queryKey })),
  )
}

/** Moves an asset to the trash; gone from the lists at once, back in them if the server refuses. */
export async function trashAsset(client: QueryClient, id: string): Promise<void> {
  dropFromLists(client, id)
  try {
    await unwrap(api.DELETE('/api/assets/{id}', { params: { path: { id } } }))
    void client.invalidateQueries({ queryKey: keys.trash })
  } catch (error) {
    void refreshLists(client)
    throw error
  }
}

/** Takes an asset out of the trash. */
export async function restoreAsset(client: QueryClient, id: string): Promise<void> {
  await unwrap(api.POST('/api/assets/{id}/restore', { params: { path: { id } } }))
  await refreshLists(client)
}

/** Changes an asset and shows the server's version of it everywhere. */
export async function patchAsset(client: QueryClient, id: string, change: AssetPatch): Promise<Asset> {
  const asset = await unwrap(api.PATCH('/api/assets/{id}', { params: { path: { id } }, body: change }))
  mergeAssets(client, [asset])
  return asset
}

/** Whether the library still works on making the picture searchable. */
export function isBeingIndexed(asset: Asset): boolean {
  return asset.index.state === 'pending' || asset.index.state === 'running'
}
