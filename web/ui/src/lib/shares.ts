import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Person, Share } from '@/api/types'
import { keys } from './query'

/** What can be shared: one folder, or one album. */
export type Shareable = { kind: 'folders' | 'albums'; id: string; name: string }
export type SharedMay = Share['may']

export const SHARED_MAY: readonly SharedMay[] = ['view', 'add']

const path = (id: string) => ({ path: { id } })

/** With whom something is shared. */
export function shareList({ kind, id }: Shareable) {
  return queryOptions({
    queryKey: keys.shares(kind, id),
    queryFn: ({ signal }): Promise<Share[]> =>
      kind === 'folders'
        ? unwrap(api.GET('/api/folders/{id}/shares', { params: path(id), signal }))
        : unwrap(api.GET('/api/albums/{id}/shares', { params: path(id), signal })),
    staleTime: 0,
  })
}

/** Shares with somebody, or with everybody where `subject` is null; once more changes what they may do. */
export function shareWith({ kind, id }: Shareable, subject: string | null, may: SharedMay): Promise<Share> {
  const given = { params: path(id), body: { subject, may } }
  return kind === 'folders'
    ? unwrap(api.POST('/api/folders/{id}/shares', given))
    : unwrap(api.POST('/api/albums/{id}/shares', given))
}

export function endShare({ kind, id }: Shareable, share: string): Promise<unknown> {
  const given = { params: { path: { id, share } } }
  return kind === 'folders'
    ? unwrap(api.DELETE('/api/folders/{id}/shares/{share}', given))
    : unwrap(api.DELETE('/api/albums/{id}/shares/{share}', given))
}

/** With whom one can share: everybody else here. */
export const peopleList = queryOptions({
  queryKey: keys.people,
  queryFn: ({ signal }): Promise<Person[]> => unwrap(api.GET('/api/people', { signal })),
})
