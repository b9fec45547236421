import { infiniteQueryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { api, compact, unwrap } from '@/api/client'
import type { GroupPage, KeptOne } from '@/api/types'
import { dropFromLists, refreshLists } from '@/lib/assets'
import type { GroupWay } from '@/lib/duplicates-search'
import { keys } from '@/lib/query'

const PER_PAGE = 20

/** One's groups of pictures that are nearly the same, or of bursts; the one with the latest picture first. */
export function groupList(kind: GroupWay) {
  return infiniteQueryOptions({
    queryKey: keys.duplicates(kind),
    queryFn: ({ pageParam, signal }): Promise<GroupPage> =>
      unwrap(
        api.GET('/api/duplicates', { params: { query: compact({ kind, limit: PER_PAGE, after: pageParam }) }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: GroupPage) => page.next ?? undefined,
    // They are made in the background.
    staleTime: 0,
  })
}

/** Takes a group out of the list at once, before the server has answered. */
function dropGroup(client: QueryClient, id: string): void {
  client.setQueriesData<InfiniteData<GroupPage>>(
    { queryKey: keys.allDuplicates },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => {
          const items = page.items.filter((group) => group.id !== id)
          return items.length === page.items.length ? page : { ...page, items, total: page.total - 1 }
        }),
      },
  )
}

async function refreshAll(client: QueryClient): Promise<void> {
  await Promise.all([client.invalidateQueries({ queryKey: keys.allDuplicates }), refreshLists(client)])
}

type Decision = { group: string; keep: string; trash: string[] }

/** Keeps one of a group and moves others to the trash; all as it was if the server refuses. */
export async function keepOne(client: QueryClient, { group, keep, trash }: Decision): Promise<KeptOne> {
  dropGroup(client, group)
  for (const id of trash) dropFromLists(client, id)
  try {
    const path = { id: group }
    return await unwrap(api.POST('/api/duplicates/{id}/keep', { params: { path }, body: { keep, trash } }))
  } finally {
    void refreshAll(client)
  }
}

/** Takes back what keeping one did. */
export async function undoKeep(client: QueryClient, edits: string[]): Promise<void> {
  await unwrap(api.POST('/api/duplicates/undo', { body: { edits } }))
  await refreshAll(client)
}

/** Says for good that no two of a group are alike. */
export async function keepApart(client: QueryClient, group: string): Promise<void> {
  await unwrap(api.POST('/api/duplicates/{id}/apart', { params: { path: { id: group } }, body: {} }))
  dropGroup(client, group)
  await client.invalidateQueries({ queryKey: keys.allDuplicates })
}
