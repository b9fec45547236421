import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import { ApiError, problemOf } from '@/api/errors'
import type { Account, Health, ModelSet, ProviderCheck, PurgePlan, Ready, StorageReport, WorkReport } from '@/api/types'
import { keys } from '@/lib/query'

const BUSY_MS = 2_000
const IDLE_MS = 15_000
const HEALTH_MS = 30_000

/** What the server finds when it looks at everything. */
export const health = queryOptions({
  queryKey: keys.health,
  queryFn: ({ signal }): Promise<Health> => unwrap(api.GET('/api/admin/health', { signal })),
  staleTime: 5_000,
  retry: false,
  refetchInterval: HEALTH_MS,
  refetchOnWindowFocus: true,
})

/** Which parts are there, also where the server can't tell who asks. A server that is not ready answers as well. */
export const ready = queryOptions({
  queryKey: keys.ready,
  queryFn: async ({ signal }): Promise<Ready> => {
    const { data, error, response } = await api.GET('/api/health/ready', { signal })
    if (data !== undefined) return data
    if ('parts' in error) return error
    throw new ApiError(problemOf(response.status, error))
  },
  staleTime: 2_000,
  retry: false,
})

/** How everybody's work goes; asked often while there is some. */
export const work = queryOptions({
  queryKey: keys.work,
  queryFn: ({ signal }): Promise<WorkReport> => unwrap(api.GET('/api/admin/work', { signal })),
  staleTime: 1_000,
  refetchOnWindowFocus: true,
  refetchInterval: ({ state }) => (state.data && state.data.pending + state.data.running > 0 ? BUSY_MS : IDLE_MS),
})

/** The disk of the originals, and what takes up how much. */
export const storage = queryOptions({
  queryKey: keys.storage,
  queryFn: ({ signal }): Promise<StorageReport> => unwrap(api.GET('/api/admin/storage', { signal })),
  staleTime: 5_000,
  refetchOnWindowFocus: true,
})

/** What the next purge deletes for good. */
export const purgePlan = queryOptions({
  queryKey: keys.purge,
  queryFn: ({ signal }): Promise<PurgePlan> => unwrap(api.GET('/api/admin/purge', { signal })),
  staleTime: 5_000,
})

/** The way to a sign-in at the identity provider, walked when somebody asks. */
export const providerCheck = queryOptions({
  queryKey: keys.providerCheck,
  queryFn: ({ signal }): Promise<ProviderCheck> => unwrap(api.GET('/api/admin/oidc/check', { signal })),
  staleTime: 60_000,
  retry: false,
})

/** The accounts, with how much each has used. */
export const users = queryOptions({
  queryKey: keys.users,
  queryFn: ({ signal }): Promise<Account[]> => unwrap(api.GET('/api/admin/users', { signal })),
})

/** The models that the library has vectors of, the one that answers first; asked often while one is filled. */
export const models = queryOptions({
  queryKey: keys.models,
  queryFn: ({ signal }): Promise<ModelSet[]> => unwrap(api.GET('/api/admin/models', { signal })),
  staleTime: 1_000,
  refetchOnWindowFocus: true,
  refetchInterval: ({ state }) => (state.data?.some((set) => set.waiting > 0) ? BUSY_MS : IDLE_MS),
})
