import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Album } from '@/api/types'
import { keys } from './query'

/** All albums that the person sees, their own and those shared with them. */
export const albumList = queryOptions({
  queryKey: keys.albums,
  queryFn: ({ signal }): Promise<Album[]> => unwrap(api.GET('/api/albums', { signal })),
})
