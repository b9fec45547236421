import { ApiError, isFull } from '@/api/errors'

/** What to do about a file that could not be sent. */
export type Trouble =
  /** The server can't be reached: all wait, and go on by themselves. */
  | 'offline'
  /** The session is over: all wait for the person. */
  | 'signed_out'
  /** The server can take nothing in now, whichever file it is: all wait a moment. */
  | 'server'
  /** It may have been this file at this moment: it is tried again a few times. */
  | 'again'
  /** The bytes that arrived were others: it is read again. */
  | 'read_again'
  /** Somebody can do something about it, and then try again. */
  | 'by_hand'
  /** It never will be taken in. */
  | 'never'

/** What keeps all files out for a while; a file that breaks something is none of them. */
const FOR_ALL = new Set([
  'busy',
  'too_many_uploads',
  'upload_locked',
  'volume_unavailable',
  'database_unavailable',
  'queue_unavailable',
  'clock_doubtful',
])
const PROXY_STATUS = new Set([429, 502, 503, 504])

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof ApiError)) return 'again'
  const { status, code } = error.problem
  if (code === 'file_unreadable' || code === 'not_found' || isFull(error)) return 'by_hand'
  if (status === 0) return 'offline'
  if (status === 401) return 'signed_out'
  if (FOR_ALL.has(code) || (code === 'error' && PROXY_STATUS.has(status))) return 'server'
  if (code === 'hash_mismatch' || code === 'checksum_mismatch') return 'read_again'
  if (status >= 500 || code === 'upload_gone' || code === 'offset_mismatch') return 'again'
  return 'never'
}
