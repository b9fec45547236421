import type { Folder } from '@/api/types'
import type { Keep } from '@/lib/ttl'

/** Why something that was found in a drop has no bytes to send: the system's own file, or one that can't be opened. */
export type Obstacle = 'file_system' | 'file_unreadable'

/**
 * A file that was dropped, picked or pasted, and the folder it goes to: a path in the person's own tree ('' for none),
 * or the id of somebody else's folder. What has no bytes to send is listed by its name, so that the account is whole.
 */
export type Picked = { folder: string; folderId?: string } & (
  { file: File; obstacle?: 'file_system' } | { file: null; name: string; obstacle: Obstacle }
)

/** Puts files into the folder that is open; what others own has no paths, so that folders picked with them are lost. */
export function placeIn(target: Folder | null, picked: readonly Picked[]): readonly Picked[] {
  if (target === null) return picked
  return picked.map((each) =>
    target.mine
      ? { ...each, folder: each.folder === '' ? target.path : `${target.path}/${each.folder}` }
      : { ...each, folder: '', folderId: target.id },
  )
}

/**
 * Where a file is on its way in:
 *
 *     waiting -> hashing -> checking -> ready -> uploading -> processing -> done
 *                              |  ^                |  ^ \-> paused -> ready   \-> unsearchable
 *                              |  \-- cut off -----/
 *                              \-> known
 *     at any time -> rejected (never will be taken) | failed (may be tried again) | cancelled; skipped from the start
 */
export type UploadState =
  | 'waiting'
  | 'hashing'
  | 'checking'
  | 'ready'
  | 'uploading'
  | 'paused'
  | 'processing'
  | 'done'
  | 'unsearchable'
  | 'known'
  | 'skipped'
  | 'rejected'
  | 'failed'
  | 'cancelled'

export type Entry = {
  id: number
  /** Null for what could not be opened at all. */
  file: File | null
  name: string
  /** Bytes. */
  size: number
  folder: string
  folderId: string | null
  keep: Keep
  state: UploadState
  /** Part of the bytes that are hashed or sent, 0 to 1. */
  progress: number
  sha256: string | null
  /** The upload that was begun on the server and can go on, by its id. */
  begun: string | null
  /** The library's asset, once there is one, with what its thumbnail needs. */
  asset: { id: string; media_version: number } | null
  /** Whether it came back from the trash. */
  restored: boolean
  /** What went wrong, for `rejected` and `failed`. */
  error: unknown
  /** How often sending it was tried since the last byte that arrived. */
  attempts: number
}

const MOVING: ReadonlySet<UploadState> = new Set(['waiting', 'hashing', 'checking', 'ready', 'uploading', 'paused'])

/** Whether bytes of it may still have to move: leaving the page would lose it. */
export function isMoving(entry: Entry): boolean {
  return MOVING.has(entry.state)
}

/** What became of a file, as the list is narrowed by it. */
export const OUTCOMES = ['moving', 'added', 'known', 'problem', 'skipped'] as const
export type Outcome = (typeof OUTCOMES)[number]

export function outcomeOf(entry: Entry): Outcome {
  switch (entry.state) {
    case 'processing':
    case 'done':
    case 'unsearchable':
      return 'added'
    case 'known':
    case 'skipped':
      return entry.state
    case 'rejected':
    case 'failed':
    case 'cancelled':
      return 'problem'
    default:
      return 'moving'
  }
}

export type Summary = {
  total: number
  /** How many there are of each. */
  counts: Record<Outcome, number>
  processing: number
  failed: number
  paused: number
  /** Part of all bytes that has arrived, 0 to 1. */
  progress: number
  /** Bytes that were sent, and bytes that are still to be dealt with. */
  sent: number
  left: number
}

const SENDING: ReadonlySet<UploadState> = new Set(['uploading', 'paused', 'ready', 'checking'])

/** The part of a file's bytes that is on the server, 0 to 1. */
function arrivedPart(entry: Entry): number {
  if (!isMoving(entry)) return 1
  return SENDING.has(entry.state) ? entry.progress : 0
}

/** Counts over all entries. */
export function summarise(entries: readonly Entry[]): Summary {
  const counts = { moving: 0, added: 0, known: 0, problem: 0, skipped: 0 }
  const summary = { total: entries.length, counts, processing: 0, failed: 0, paused: 0, progress: 1, sent: 0, left: 0 }
  let bytes = 0
  let arrived = 0
  for (const entry of entries) {
    const outcome = outcomeOf(entry)
    counts[outcome] += 1
    if (entry.state === 'processing') summary.processing += 1
    if (entry.state === 'failed' || entry.state === 'cancelled') summary.failed += 1
    if (entry.state === 'paused') summary.paused += 1
    const part = arrivedPart(entry)
    // A byte more than it has, so that many small files move the bar too.
    bytes += entry.size + 1
    arrived += (entry.size + 1) * part
    if (outcome === 'moving') summary.left += entry.size * (1 - part)
    if (outcome === 'added' || outcome === 'moving') summary.sent += entry.size * part
  }
  if (bytes > 0) summary.progress = arrived / bytes
  return summary
}
