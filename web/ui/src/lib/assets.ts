import { infiniteQueryOptions, queryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { Asset, AssetPage, AssetPatch, SearchAnswer } from '@/api/types'
import type { LibraryFilters } from './library-filters'
import { keys } from './query'
import { dropChosen, updateChosen } from './selection'
import { timelines } from './timeline/timeline'

/** Items per page of a grid: about four screens of a desktop. */
export const PAGE_SIZE = 100

/** What the filters leave, newest upload first. */
export function assetList(filters: LibraryFilters) {
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

/** Changes the hits of every loaded answer, also what it offers as nearest. */
function withHits(data: Answers | undefined, change: (hits: Hit[]) => Hit[]): Answers | undefined {
  if (!data) return data
  const pages = mapChanged(data.pages, (page) => {
    const [items, nearest] = [change(page.items), change(page.nearest)]
    return items === page.items && nearest === page.nearest ? page : { ...page, items, nearest }
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
    withHits(data, (hits) => mapChanged(hits, newestHit)),
  )
  for (const asset of fresh)
    client.setQueryData<Asset>(keys.asset(asset.id), (shown) => (shown ? newer(shown, asset) : asset))
  for (const timeline of timelines()) timeline.merge(fresh)
  updateChosen(fresh)
}

/** Ids of the pictures that a loaded list, an answer or the viewer has. */
function loadedIds(client: QueryClient): Set<string> {
  const listed = client
    .getQueriesData<Lists>({ queryKey: keys.assetLists })
    .flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? [])
  const found = client
    .getQueriesData<Answers>({ queryKey: keys.searches })
    .flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? [])
  const open = client.getQueriesData<Asset>({ queryKey: ['asset'] }).flatMap(([, asset]) => asset ?? [])
  return new Set([...listed, ...found, ...open].map(({ id }) => id))
}

/** As many as the server gives at once. */
const BATCH = 1000

/** Looks anew at those of these pictures that are loaded; what is not there any more leaves the lists. */
export async function refreshLoaded(client: QueryClient, ids: readonly string[]): Promise<void> {
  for (const timeline of timelines()) timeline.refreshSoon()
  const loaded = loadedIds(client)
  const asked = ids.filter((id) => loaded.has(id)).slice(0, BATCH)
  if (asked.length === 0) return
  const { items, missing } = await unwrap(api.POST('/api/assets/batch', { body: { ids: asked } }))
  mergeAssets(client, items)
  const trashed = items.filter((asset) => asset.trashed_at !== null).map(({ id }) => id)
  for (const id of [...missing, ...trashed]) dropFromLists(client, id)
}

/** Shows assets that may be new wherever they belong; those that are on show already are replaced. */
export function addToLibrary(client: QueryClient, fresh: readonly Asset[]): void {
  mergeAssets(client, fresh)
  for (const timeline of timelines()) timeline.refreshSoon()
}

/** Takes an asset out of every list at once, before the server has answered. */
export function dropFromLists(client: QueryClient, id: string): void {
  const others = <I extends { id: string }>(items: I[]): I[] =>
    items.some((item) => item.id === id) ? items.filter((item) => item.id !== id) : items
  client.setQueriesData<Lists>({ queryKey: keys.assetLists }, (data) => withItems(data, others))
  client.setQueriesData<Answers>({ queryKey: keys.searches }, (data) => withHits(data, others))
  for (const timeline of timelines()) timeline.drop(id)
  dropChosen([id])
}

/** Asks for every list again: after a delete was refused, or when much has changed. */
export async function refreshLists(client: QueryClient): Promise<void> {
  for (const timeline of timelines()) timeline.refreshSoon()
  await Promise.all(
    [keys.assetLists, keys.searches, keys.allFacets, keys.trash].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
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
export function isBeingIndexed({ index }: { index?: Asset['index'] }): boolean {
  return index?.state === 'pending' || index?.state === 'running'
}
