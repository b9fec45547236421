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
type Hit = SearchAnswer['items'][number]

/** Like `map`, but the very same array when nothing in it changed: then nothing is drawn anew. */
function mapChanged<T>(items: T[], change: (item: T) => T): T[] {
  const next = items.map(change)
  return next.some((item, i) => item !== items[i]) ? next : items
}

/** Changes the items of every loaded page. */
function withItems<P extends { items: unknown[] }>(
  data: InfiniteData<P> | undefined,
  change: (items: P['items']) => P['items'],
): InfiniteData<P> | undefined {
  if (!data) return data
  const pages = mapChanged(data.pages, (page) => {
    const items = change(page.items)
    return items === page.items ? page : { ...page, items }
  })
  return pages === data.pages ? data : { ...data, pages }
}

/** The one of two looks at the same asset that is to be shown. */
function newer(shown: Asset, other: Asset | undefined): Asset {
  if (other === undefined || other.revision < shown.revision) return shown
  return other.revision === shown.revision && other.index.state === shown.index.state ? shown : other
}

/** Replaces these assets wherever they are shown. An older revision than the one shown is ignored. */
export function mergeAssets(client: QueryClient, fresh: readonly Asset[]): void {
  const byId = new Map(fresh.map((asset) => [asset.id, asset]))
  const newest = (shown: Asset): Asset => newer(shown, byId.get(shown.id))
  const newestHit = (hit: Hit): Hit => {
    const asset = newest(hit.asset)
    return asset === hit.asset ? hit : { ...hit, asset }
  }
  client.setQueriesData<Lists>({ queryKey: keys.assetLists }, (data) =>
    withItems(data, (items) => mapChanged(items, newest)),
  )
  client.setQueriesData<Answers>({ queryKey: keys.searches }, (data) =>
    withItems(data, (items) => mapChanged(items, newestHit)),
  )
  for (const asset of fresh)
    client.setQueryData<Asset>(keys.asset(asset.id), (shown) => (shown ? newer(shown, asset) : asset))
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
  const others = <I extends { id: string }>(items: I[]): I[] =>
    items.some((item) => item.id === id) ? items.filter((item) => item.id !== id) : items
  client.setQueriesData<Lists>({ queryKey: keys.assetLists }, (data) => withItems(data, others))
  client.setQueriesData<Answers>({ queryKey: keys.searches }, (data) => withItems(data, others))
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
