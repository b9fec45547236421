import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/errors'
import type { LibraryFilters } from './library-filters'

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
  health: ['health'] as const,
  ready: ['ready'] as const,
  work: ['work'] as const,
  storage: ['storage'] as const,
  purge: ['purge'] as const,
  models: ['models'] as const,
  providerCheck: ['provider-check'] as const,
  failures: ['failures'] as const,
  folders: ['folders'] as const,
  shares: (kind: 'folders' | 'albums', id: string) => ['shares', kind, id] as const,
  albums: ['albums'] as const,
  album: (id: string) => ['albums', id] as const,
  /** Among the lists of assets: what changes a picture there changes it here. */
  albumAssets: (album: string) => ['assets', 'album', album] as const,
  covers: (ids: readonly string[]) => ['covers', ids] as const,
  ruleCount: (rule: object) => ['rule-count', rule] as const,
  tags: ['tags'] as const,
  tagCandidates: (tag: string) => ['tag-candidates', tag] as const,
  trash: ['trash'] as const,
  /** One's changes of many pictures. */
  edits: ['edits'] as const,
  /** What leaves by itself, within so many days. */
  leaving: ['leaving'] as const,
  asset: (id: string) => ['asset', id] as const,
  whereabouts: (id: string) => ['whereabouts', id] as const,
  tagSuggestions: (id: string) => ['tag-suggestions', id] as const,
  alike: (group: string) => ['alike', group] as const,
  timelineLayout: (filters: object) => ['timeline', filters, 'layout'] as const,
  timelineMonth: (filters: object, month: string) => ['timeline', filters, month] as const,
  assetLists: ['assets'] as const,
  assets: (filters: LibraryFilters) => ['assets', filters] as const,
  searches: ['search'] as const,
  search: (what: object) => ['search', what] as const,
  /** What is below the end of an answer, from this place on. */
  searchBeyond: (what: object, from: string) => ['search', what, from] as const,
  allFacets: ['facets'] as const,
  facets: (what: object) => ['facets', what] as const,
  allSuggestions: ['suggestions'] as const,
  suggestions: (asked: { q: string; at: number }) => ['suggestions', asked] as const,
  recentSearches: ['recent-searches'] as const,
  allDuplicates: ['duplicates'] as const,
  duplicates: (kind: string) => ['duplicates', kind] as const,
  /** What one hit of an answer stands for. */
  alikeGroup: (id: string) => ['alike', id] as const,
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
