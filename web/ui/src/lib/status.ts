import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Status } from '@/api/types'
import { keys } from './query'

const BUSY_MS = 2_500
const IDLE_MS = 20_000
/** A server that is silent for so long can't be reached, as far as anybody can tell. */
const PATIENCE_MS = 10_000

/** How the server is doing; asked often while work is under way, seldom otherwise, and not in a hidden tab. */
export const serverStatus = queryOptions({
  queryKey: keys.status,
  queryFn: (): Promise<Status> => unwrap(api.GET('/api/status', { signal: AbortSignal.timeout(PATIENCE_MS) })),
  staleTime: 1_000,
  retry: false,
  refetchOnWindowFocus: true,
  refetchInterval: (query) => {
    const status = query.state.data
    return query.state.error || (status && status.jobs.pending + status.jobs.running > 0) ? BUSY_MS : IDLE_MS
  },
})
