import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { codeOf } from '@/api/errors'
import { serverStatus } from '@/lib/status'
import { conditionOf, watchProgress, type Condition, type Progress } from './condition'

/** What keeps the server from saying how it is; null where nothing does, or the person has to sign in first. */
function awayOf(error: Error | null): 'offline' | 'database-away' | null {
  if (error === null || codeOf(error) === 'unauthenticated') return null
  return codeOf(error) === 'database_unavailable' ? 'database-away' : 'offline'
}

/** How the server is, as of the last look. */
export function useCondition(): Condition {
  const { data: status, error, dataUpdatedAt } = useQuery(serverStatus)
  const [watched, setWatched] = useState<{ at: number; progress: Progress | null }>({ at: 0, progress: null })
  if (status && watched.at !== dataUpdatedAt)
    setWatched({ at: dataUpdatedAt, progress: watchProgress(watched.progress, status, dataUpdatedAt) })
  return conditionOf(status, { away: awayOf(error), progress: watched.progress, now: dataUpdatedAt })
}
