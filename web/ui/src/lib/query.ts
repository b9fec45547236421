import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/errors'

/** Narrows a list or a search. Members that are absent do not narrow. */
export type Filters = { folder?: string; folder_id?: string; tag?: string }

/** Every cache key in one place, so that what is invalidated is what was asked. */
export const keys = {
  auth: ['auth'] as const,
  me: ['me'] as const,
  sessions: ['sessions'] as const,
  apiKeys: ['keys'] as const,
  identities: ['identities'] as const,
  /** Accounts, as administrators see them; `people` are the names that anybody may share with. */
  users: ['users'] as const,
  invites: ['invites'] as const,
  people: ['people'] as const,
  audit: (filters: object) => ['audit', filters] as const,
  status: ['status'] as const,
  folders: ['folders'] as const,
  shares: (folder: string) => ['shares', folder] as const,
  tags: ['tags'] as const,
  trash: ['trash'] as const,
  asset: (id: string) => ['asset', id] as const,
  assetLists: ['assets'] as const,
  assets: (filters: Filters) => ['assets', filters] as const,
  searches: ['search'] as const,
  search: (what: { q?: string; like?: string } & Filters) => ['search', what] as const,
}

const MAX_RETRIES = 2

/** The cache of everything read from the server. `onSignedOut` is called when a request finds the session gone. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 15 * 60_000,
        refetchOnWindowFocus: false,
        // The page polls and shows its own banner; a paused query would hang silently.
        networkMode: 'always',
        retry: (failures, error) =>
          failures < MAX_RETRIES &&
          error instanceof ApiError &&
          error.problem.status >= 500 &&
          error.problem.code !== 'model_unavailable',
        retryDelay: 600,
      },
      mutations: { networkMode: 'always' },
    },
  })
  const watch = (error: unknown) => {
    if (error instanceof ApiError && error.problem.code === 'unauthenticated') onSignedOut()
  }
  client.getQueryCache().config.onError = watch
  client.getMutationCache().config.onError = watch
  return client
}
