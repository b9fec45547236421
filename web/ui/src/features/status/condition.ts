import type { Status } from '@/api/types'

/** Work is called stuck when nothing was finished for this long while something waits. */
export const STUCK_MS = 90_000
/** Fewer pictures on their way are not worth a line; their marks in the grid say it. */
const WORTH_A_LINE = 4

/** How the queue moved: the most that waited since it was empty, and when it last became shorter. */
export type Progress = { most: number; waiting: number; movedAt: number }

export type Condition =
  | { kind: 'well' | 'offline' | 'volume-missing' | 'volume-foreign' | 'model-missing' }
  | { kind: 'worker-behind' | 'failed'; count: number }
  | { kind: 'indexing'; count: number; part: number }

function waitingIn(status: Status): number {
  return status.jobs.pending + status.jobs.running
}

/** The progress after one more look at the server; `at` is the time of that look in milliseconds. */
export function watchProgress(before: Progress | null, status: Status, at: number): Progress {
  const waiting = waitingIn(status)
  if (before === null || waiting === 0) return { most: waiting, waiting, movedAt: at }
  const moved = waiting !== before.waiting || status.jobs.running > 0
  return { most: Math.max(before.most, waiting), waiting, movedAt: moved ? at : before.movedAt }
}

type Circumstances = { isOffline: boolean; progress: Progress | null; now: number }

/** The one thing that matters most just now. */
export function conditionOf(status: Status | undefined, { isOffline, progress, now }: Circumstances): Condition {
  if (isOffline) return { kind: 'offline' }
  if (!status) return { kind: 'well' }
  if (status.volume.state === 'missing') return { kind: 'volume-missing' }
  if (status.volume.state === 'foreign') return { kind: 'volume-foreign' }
  if (status.model === null) return { kind: 'model-missing' }
  const waiting = waitingIn(status)
  if (waiting > 0 && progress && now - progress.movedAt > STUCK_MS) return { kind: 'worker-behind', count: waiting }
  if (waiting >= WORTH_A_LINE || (progress && progress.most >= WORTH_A_LINE && waiting > 0))
    return { kind: 'indexing', count: waiting, part: progress ? 1 - waiting / Math.max(1, progress.most) : 0 }
  if (status.jobs.failed > 0) return { kind: 'failed', count: status.jobs.failed }
  return { kind: 'well' }
}
