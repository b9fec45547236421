import type { Status } from '@/api/types'

/** Work is called stuck when nothing was finished for this long while something waits. */
export const STUCK_MS = 90_000
/** Fewer pictures on their way are not worth a line; their marks in the grid say it. */
const WORTH_A_LINE = 4

/** How the queue moved: the most that waited since it was empty, and when it last became shorter. */
export type Progress = { most: number; waiting: number; movedAt: number }

export type Trouble =
  | 'offline'
  | 'database-away'
  | 'volume-missing'
  | 'volume-foreign'
  | 'volume-readonly'
  | 'disk-full'
  | 'model-missing'
  | 'encoder-down'
  | 'model-loading'
  | 'worker-silent'
  | 'disk-low'

export type Condition =
  | { kind: 'well' | Trouble }
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

function troubleWithVolume({ volume }: Status): Trouble | null {
  if (volume.state === 'missing') return 'volume-missing'
  if (volume.state === 'foreign') return 'volume-foreign'
  if (!volume.writable) return 'volume-readonly'
  return volume.room === 'none' ? 'disk-full' : null
}

const ABSENCES = { loading: 'model-loading', encoder_down: 'encoder-down', no_model: 'model-missing' } as const

function troubleWithParts(status: Status): Trouble | null {
  const volume = troubleWithVolume(status)
  if (volume !== null) return volume
  if (status.model === null) return ABSENCES[status.model_absence ?? 'no_model']
  return status.worker.state === 'silent' ? 'worker-silent' : null
}

type Circumstances = { away: 'offline' | 'database-away' | null; progress: Progress | null; now: number }

/** The one thing that matters most just now. */
export function conditionOf(status: Status | undefined, { away, progress, now }: Circumstances): Condition {
  if (away !== null) return { kind: away }
  if (!status) return { kind: 'well' }
  const trouble = troubleWithParts(status)
  if (trouble !== null) return { kind: trouble }
  const waiting = waitingIn(status)
  if (waiting > 0 && progress && now - progress.movedAt > STUCK_MS) return { kind: 'worker-behind', count: waiting }
  if (waiting >= WORTH_A_LINE || (progress && progress.most >= WORTH_A_LINE && waiting > 0))
    return { kind: 'indexing', count: waiting, part: progress ? 1 - waiting / Math.max(1, progress.most) : 0 }
  if (status.jobs.failed > 0) return { kind: 'failed', count: status.jobs.failed }
  return { kind: status.volume.room === 'low' ? 'disk-low' : 'well' }
}
