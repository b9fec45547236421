import type { Folder } from '@/api/types'

/**
 * A file that was dropped, picked or pasted, and the folder it goes to: a path in the person's own tree ('' for none),
 * or the id of somebody else's folder.
 */
export type Picked = { file: File; folder: string; folderId?: string }

/** Puts files into the folder that is open; what others own has no paths, so that folders picked with them are lost. */
export function placeIn(target: Folder | null, picked: readonly Picked[]): readonly Picked[] {
  if (target === null) return picked
  return picked.map(({ file, folder }) =>
    target.mine
      ? { file, folder: folder === '' ? target.path : `${target.path}/${folder}` }
      : { file, folder: '', folderId: target.id },
  )
}

/**
 * Where a file is on its way in:
 *
 *     waiting -> hashing -> checking -> ready -> uploading -> processing -> done
 *                                    \-> known                          \-> unsearchable
 *     any of these -> rejected (never will be taken) | failed (may be tried again)
 */
export type UploadState =
  | 'waiting'
  | 'hashing'
  | 'checking'
  | 'ready'
  | 'uploading'
  | 'processing'
  | 'done'
  | 'unsearchable'
  | 'known'
  | 'rejected'
  | 'failed'

export type Entry = {
  id: number
  file: File
  folder: string
  folderId: string | null
  state: UploadState
  /** Part of the bytes that are hashed or sent, 0 to 1. */
  progress: number
  sha256: string | null
  /** The library's asset, once there is one, with what its thumbnail needs. */
  asset: { id: string; media_version: number } | null
  /** What went wrong, for `rejected` and `failed`. */
  error: unknown
  /** How often sending it was tried. */
  attempts: number
}

const MOVING: ReadonlySet<UploadState> = new Set(['waiting', 'hashing', 'checking', 'ready', 'uploading'])

/** Whether bytes of it may still have to move: leaving the page would lose it. */
export function isMoving(entry: Entry): boolean {
  return MOVING.has(entry.state)
}

export type Summary = {
  total: number
  moving: number
  processing: number
  added: number
  known: number
  problems: number
  progress: number
}

const STATE_SHARE: Partial<Record<UploadState, number>> = { waiting: 0, hashing: 0, checking: 0, ready: 0 }

/** Counts over all entries; `progress` is the part of their bytes that has arrived, 0 to 1. */
export function summarise(entries: readonly Entry[]): Summary {
  const summary: Summary = {
    total: entries.length,
    moving: 0,
    processing: 0,
    added: 0,
    known: 0,
    problems: 0,
    progress: 0,
  }
  let bytes = 0
  let arrived = 0
  for (const entry of entries) {
    if (isMoving(entry)) summary.moving += 1
    else if (entry.state === 'known') summary.known += 1
    else if (entry.state === 'rejected' || entry.state === 'failed') summary.problems += 1
    else summary.added += 1
    if (entry.state === 'processing') summary.processing += 1
    const weight = entry.file.size + 1
    bytes += weight
    arrived += weight * (entry.state === 'uploading' ? entry.progress : (STATE_SHARE[entry.state] ?? 1))
  }
  summary.progress = bytes === 0 ? 0 : arrived / bytes
  return summary
}
