import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Edit, EditChanges, Narrowing } from '@/api/types'
import { refreshLists } from './assets'
import { keys } from './query'

/** Which pictures a change is about: some by name, or all that a filter finds in the library as it was seen. */
export type Which = { ids: readonly string[] } | { filter: Narrowing; revision: string; count: number }

/** Most ids that the server takes at once. */
const MAX_IDS = 10_000
const POLL_MS = 700

/** The requests that a change becomes: one, but where more are named than the server takes. */
export function requestsFor(changes: EditChanges, which: Which): readonly EditRequest[] {
  if ('filter' in which) return [{ changes, filter: which.filter, revision: which.revision }]
  const requests: EditRequest[] = []
  for (let from = 0; from < which.ids.length; from += MAX_IDS)
    requests.push({ changes, ids: which.ids.slice(from, from + MAX_IDS) })
  return requests
}

export type EditRequest = { changes: EditChanges; ids?: string[]; filter?: Narrowing; revision?: string }

/** Whether something of it is still to be done. */
export function isOpen(edit: Edit): boolean {
  return edit.state === 'running' || edit.state === 'undoing'
}

/** What several edits that are one change for the person come to. */
export type Sum = { total: number; done: number; skipped: number; undone: number; kept: number; isOpen: boolean }

export function sumOf(edits: readonly Edit[]): Sum {
  const sum = { total: 0, done: 0, skipped: 0, undone: 0, kept: 0, isOpen: false }
  for (const edit of edits) {
    for (const name of ['total', 'done', 'skipped', 'undone', 'kept'] as const) sum[name] += edit[name]
    sum.isOpen ||= isOpen(edit)
  }
  return sum
}

/** How far the edits have come, on the way there or on the way back. */
export function progressOf(edits: readonly Edit[]): { done: number; total: number } {
  const sum = sumOf(edits)
  return edits.some((edit) => edit.state === 'undoing')
    ? { done: sum.undone + sum.kept, total: sum.done }
    : { done: sum.done, total: sum.total - sum.skipped }
}

/** One's changes of many pictures of the last month, the latest first; asked for again while one goes on. */
export const editList = queryOptions({
  queryKey: keys.edits,
  queryFn: ({ signal }): Promise<Edit[]> => unwrap(api.GET('/api/edits', { signal })),
  staleTime: 0,
  refetchInterval: (query) => (query.state.data?.some(isOpen) ? POLL_MS : false),
})

/** Begins a change; few pictures are changed when this answers, many go on in the background. */
export async function beginEdits(changes: EditChanges, which: Which): Promise<Edit[]> {
  const begun: Edit[] = []
  for (const body of requestsFor(changes, which)) begun.push(await unwrap(api.POST('/api/edits', { body })))
  return begun
}

/** Begins to take edits back, the last one first. */
export async function beginUndo(ids: readonly string[]): Promise<Edit[]> {
  const begun: Edit[] = []
  for (const id of ids.toReversed())
    begun.push(await unwrap(api.POST('/api/edits/{id}/undo', { params: { path: { id } } })))
  return begun
}

async function lookAgain(edit: Edit): Promise<Edit> {
  if (!isOpen(edit)) return edit
  return unwrap(api.GET('/api/edits/{id}', { params: { path: { id: edit.id } } })).catch(() => edit)
}

/** Follows edits until nothing of them goes on, and says so at each step. A failed look is made again. */
export async function followEdits(edits: Edit[], onStep: (edits: Edit[]) => void): Promise<Edit[]> {
  let now = edits
  while (now.some(isOpen)) {
    onStep(now)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    now = await Promise.all(now.map(lookAgain))
  }
  return now
}

/** Asks again for all that a change of many pictures may have touched. */
export async function refreshAll(client: QueryClient): Promise<void> {
  const touched = [keys.edits, keys.folders, keys.tags, keys.albums, keys.leaving, ['asset']]
  await Promise.all([refreshLists(client), ...touched.map((queryKey) => client.invalidateQueries({ queryKey }))])
}

/** How many pictures a filter finds now, which tags they carry, and which library that is said of. */
export async function lookAt(filter: Narrowing): Promise<{ count: number; revision: string; tags: string[] }> {
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null))
  const facets = await unwrap(api.GET('/api/facets', { params: { query } }))
  return { count: facets.total, revision: facets.rev, tags: facets.tags.map((tag) => tag.name) }
}
