import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { api, compact, unwrap } from '@/api/client'
import type { LiveEvent } from '@/api/types'
import { refreshLoaded } from '@/lib/assets'
import { keys } from '@/lib/query'

/** How often what happened is asked for; nothing new is an empty answer (304). */
const ASK_MS = 4_000

/** What to look at anew when this happened. What is not on show is only marked as old. */
const TOUCHES: Readonly<Partial<Record<LiveEvent['event'], readonly (readonly string[])[]>>> = {
  library: [keys.trash, keys.leaving, keys.allFacets],
  folders: [keys.folders],
  albums: [keys.albums],
  tags: [keys.tags],
  shares: [keys.folders, keys.albums, ['shares']],
  edit: [keys.edits],
  jobs: [keys.status, keys.work, keys.failures],
  volume: [keys.status, keys.storage, keys.health],
  models: [keys.models, keys.status],
  purge: [keys.purge],
}

function apply(client: QueryClient, { event, data }: LiveEvent): void {
  if (event === 'resync') {
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] })
    return
  }
  if (event === 'assets') {
    const ids: unknown = data['ids']
    // What could not be asked for now is told again when it changes, and lists are asked for anew when they are opened.
    if (Array.isArray(ids)) refreshLoaded(client, ids.map(String)).catch(() => undefined)
    return
  }
  for (const queryKey of TOUCHES[event] ?? []) void client.invalidateQueries({ queryKey })
}

const KEY = ['changes'] as const

/**
 * Keeps what is on show true to what others do: in another tab, on another device, or the server by itself. It asks
 * instead of holding a connection open, of which a browser has six for all its tabs. Draws nothing.
 */
export function LiveChanges() {
  const client = useQueryClient()
  const after = useRef<number | undefined>(undefined)
  useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => {
      const query = compact({ after: after.current })
      const changes = await unwrap(api.GET('/api/changes', { params: { query }, signal }))
      after.current = changes.next
      for (const event of changes.events) apply(client, event)
      return changes.next
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: true,
    refetchInterval: ASK_MS,
  })
  return null
}
