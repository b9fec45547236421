import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Asset, Failures } from '@/api/types'
import { keys } from '@/lib/query'

const MOST = 1000
/** As many as one request takes. */
const LOOKED_AT = 100

/** What failed of one's own. */
export const failures = queryOptions({
  queryKey: keys.failures,
  queryFn: ({ signal }): Promise<Failures> =>
    unwrap(api.GET('/api/failures', { params: { query: { limit: MOST } }, signal })),
  staleTime: 0,
  refetchOnWindowFocus: true,
})

/** How these pictures look, by their ids. */
export const looksOf = (ids: readonly string[]) =>
  queryOptions({
    queryKey: [...keys.failures, 'looks', ids] as const,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, Asset>> => {
      const found = await unwrap(api.POST('/api/assets/batch', { body: { ids: ids.slice(0, LOOKED_AT) }, signal }))
      return new Map(found.items.map((asset) => [asset.id, asset]))
    },
    enabled: ids.length > 0,
    staleTime: 60_000,
  })
