import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { LibraryFilters } from '@/lib/library-filters'
import { timelineOf, type Timeline, type TimelineView } from '@/lib/timeline/timeline'

const never = () => () => undefined
const nothing = () => null

/** The timeline of what is left by the filters; nothing is asked for while they are null. */
export function useTimeline(filters: LibraryFilters | null): {
  timeline: Timeline | null
  view: TimelineView | null
  error: Error | null
} {
  const client = useQueryClient()
  const name = JSON.stringify(filters)
  const timeline = useMemo(() => {
    const wanted = JSON.parse(name) as LibraryFilters | null
    return wanted && timelineOf(client, wanted)
  }, [client, name])
  const view = useSyncExternalStore(timeline?.subscribe ?? never, timeline?.current ?? nothing)
  const error = useSyncExternalStore(timeline?.subscribe ?? never, timeline?.error ?? nothing)
  useEffect(() => {
    void timeline?.refresh()
  }, [timeline])
  return { timeline, view, error }
}
