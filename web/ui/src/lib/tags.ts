import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Tag } from '@/api/types'
import { keys } from './query'

/** The tags that the person sees and their own, the most used first. */
export const tagList = queryOptions({
  queryKey: keys.tags,
  queryFn: ({ signal }): Promise<Tag[]> => unwrap(api.GET('/api/tags', { signal })),
})
