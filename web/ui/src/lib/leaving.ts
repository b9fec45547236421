import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { AssetPage, LeavingDay } from '@/api/types'
import { PAGE_SIZE } from './assets'
import { keys } from './query'

const STALE_MS = 5 * 60_000

/** The zone whose days the reader lives by. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** How much leaves by itself on each day, within so many days. */
export function leavingDays(days: number) {
  return queryOptions({
    queryKey: [...keys.leaving, 'days', days],
    queryFn: ({ signal }): Promise<LeavingDay[]> =>
      unwrap(api.GET('/api/leaving', { params: { query: { days, zone } }, signal })),
    staleTime: STALE_MS,
  })
}

/** The pictures that leave by themselves within so many days, the first to go first. */
export function leavingAssets(days: number) {
  return infiniteQueryOptions({
    queryKey: [...keys.leaving, 'assets', days],
    queryFn: ({ pageParam, signal }): Promise<AssetPage> =>
      unwrap(
        api.GET('/api/leaving/assets', {
          params: { query: compact({ days, limit: PAGE_SIZE, after: pageParam }) },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: AssetPage) => page.next ?? undefined,
    staleTime: 0,
  })
}

/** How many, and how large together. */
export function leavingSum(days: readonly LeavingDay[]): { assets: number; bytes: number } {
  return {
    assets: days.reduce((sum, day) => sum + day.assets, 0),
    bytes: days.reduce((sum, day) => sum + day.bytes, 0),
  }
}
