import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { codeOf } from '@/api/errors'
import { serverStatus } from '@/lib/status'
import { conditionOf, watchProgress, type Condition, type Progress } from './condition'

/** How the server is, as of the last look. */
export function useCondition(): Condition {
  const { data: status, error, dataUpdatedAt } = useQuery(serverStatus)
  const [watched, setWatched] = useState<{ at: number; progress: Progress | null }>({ at: 0, progress: null })
  if (status && watched.at !== dataUpdatedAt)
    setWatched({ at: dataUpdatedAt, progress: watchProgress(watched.progress, status, dataUpdatedAt) })
  const isOffline = error !== null && codeOf(error) !== 'unauthenticated'
  return conditionOf(status, { isOffline, progress: watched.progress, now: dataUpdatedAt })
}
