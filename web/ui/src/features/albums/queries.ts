import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { Album, AlbumPatch, AssetPage } from '@/api/types'
import { PAGE_SIZE } from '@/lib/assets'
import { keys } from '@/lib/query'

export function albumById(id: string) {
  return queryOptions({
    queryKey: keys.album(id),
    queryFn: ({ signal }): Promise<Album> => unwrap(api.GET('/api/albums/{id}', { params: { path: { id } }, signal })),
  })
}

/** What is in an album, in its order. */
export function albumAssets(id: string) {
  return infiniteQueryOptions({
    queryKey: keys.albumAssets(id),
    queryFn: ({ pageParam, signal }): Promise<AssetPage> =>
      unwrap(
        api.GET('/api/albums/{id}/assets', {
          params: { path: { id }, query: compact({ limit: PAGE_SIZE, after: pageParam }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: AssetPage) => page.next ?? undefined,
  })
}

/** Does something to albums; they and what is in them are asked for again before `onDone`. */
export function useAlbumChange<G, R>(change: (given: G) => Promise<R>, onDone: (result: R) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (result) => {
      await client.invalidateQueries({ queryKey: keys.albums })
      void client.invalidateQueries({ queryKey: ['assets', 'album'] })
      onDone(result)
    },
  })
}

export function patchAlbum(id: string, body: AlbumPatch): Promise<Album> {
  return unwrap(api.PATCH('/api/albums/{id}', { params: { path: { id } }, body }))
}

export function putInto(id: string, ids: readonly string[], before: string | null = null) {
  return unwrap(api.POST('/api/albums/{id}/assets', { params: { path: { id } }, body: { ids: [...ids], before } }))
}

export function takeOut(id: string, ids: readonly string[]) {
  return unwrap(api.POST('/api/albums/{id}/assets/remove', { params: { path: { id } }, body: { ids: [...ids] } }))
}

export function orderIn(id: string, ids: readonly string[], before: string | null): Promise<unknown> {
  return unwrap(
    api.POST('/api/albums/{id}/assets/order', { params: { path: { id } }, body: { ids: [...ids], before } }),
  )
}
