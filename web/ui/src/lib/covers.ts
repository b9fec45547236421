import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Asset } from '@/api/types'
import { keys } from './query'

/** Most ids that the server takes at once. */
const MAX_IDS = 1000

/** What is drawn of the pictures that stand for albums, by their ids. Asked for all at once, not each by itself. */
export function coverList(ids: readonly string[]) {
  const wanted = [...new Set(ids)].sort()
  return queryOptions({
    queryKey: keys.covers(wanted),
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, Asset>> => {
      const found = new Map<string, Asset>()
      for (let from = 0; from < wanted.length; from += MAX_IDS) {
        const body = { ids: wanted.slice(from, from + MAX_IDS) }
        const answer = await unwrap(api.POST('/api/assets/batch', { body, signal }))
        for (const asset of answer.items) found.set(asset.id, asset)
      }
      return found
    },
    enabled: wanted.length > 0,
    // Another cover is another question: the pictures of before stay until it is answered.
    placeholderData: (before) => before,
  })
}
