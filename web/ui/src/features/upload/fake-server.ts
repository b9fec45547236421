import { ApiError } from '@/api/errors'
import type { Asset, UploadKnown } from '@/api/types'
import type { Entry, Picked } from './entry'
import type { SendReport, Sent, Transport } from './queue'

export function asset(id: string, state: Asset['index']['state'] = 'pending'): Asset {
  return { id, media_version: 1, index: { state, attempts: 0, error_code: null, error_text: null } } as Asset
}
export const picture = (name: string, size = 10): Picked => ({
  file: new File(['x'.repeat(size)], name, { type: 'image/jpeg' }),
  folder: '',
})
export const problem = (status: number, code: string): ApiError => new ApiError({ status, code, detail: '' })

/** For tests: a server that keeps count; what it answers is set per test. */
export class Server implements Transport {
  checks: string[][] = []
  /** `name:keep`, and where it went on for those that were begun before. */
  sent: string[] = []
  keeps: [readonly string[], string][] = []
  stored: string[] = []
  waits: number[] = []
  dropped: string[] = []
  paused: number[] = []
  sendingNow = 0
  sendingMost = 0
  known = new Map<string, UploadKnown['state']>()
  begun = new Map<string, number>()
  freeBytes: number | null = null
  reachable = true
  signedIn = true
  readable = true
  limited = false
  /** Files whose sending goes on until the test says so. */
  held = new Map<string, () => void>()
  holds = new Set<string>()
  answer: (entry: Entry) => Sent = (entry) => ({ status: 'stored', asset: `id-${entry.name}` })

  hash = (file: File): Promise<string | null> => Promise.resolve(`sum-${file.name}`)
  check = (files: { sha256: string }[]): Promise<UploadKnown[]> => {
    this.checks.push(files.map((file) => file.sha256))
    return Promise.resolve(
      files.map(({ sha256 }) => ({
        sha256,
        state: this.known.get(sha256) ?? 'new',
        id: ['known', 'trashed'].includes(this.known.get(sha256) ?? '') ? `id-${sha256}` : null,
        uploading: this.begun.has(sha256) ? { id: `up-${sha256}`, offset: this.begun.get(sha256) ?? 0 } : null,
      })),
    )
  }
  send = async (entry: Entry, { onProgress, onBegun }: SendReport): Promise<Sent> => {
    this.sent.push(`${entry.name}:${entry.keep}${entry.begun === null ? '' : `@${entry.begun}`}`)
    this.sendingNow += 1
    this.sendingMost = Math.max(this.sendingMost, this.sendingNow)
    try {
      onBegun(`up-${String(entry.sha256)}`)
      onProgress(0.5)
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (this.holds.has(entry.name)) await new Promise<void>((resolve) => this.held.set(entry.name, resolve))
      return this.answer(entry)
    } finally {
      this.sendingNow -= 1
    }
  }
  pause = (id: number): void => void this.paused.push(id)
  drop = (entry: Entry): void => void this.dropped.push(entry.name)
  setKeep = (ids: readonly string[], keep: string): Promise<void> => {
    this.keeps.push([ids, keep])
    return Promise.resolve()
  }
  onStored = (stored: string): void => void this.stored.push(stored)
  isReadable = (): Promise<boolean> => Promise.resolve(this.readable)
  isReachable = (): Promise<boolean> => Promise.resolve(this.reachable)
  isSignedIn = (): Promise<boolean> => Promise.resolve(this.signedIn)
  free = (): number | null => this.freeBytes
  isLimited = (): boolean => this.limited
  wait = (milliseconds: number): Promise<void> => {
    this.waits.push(milliseconds)
    return new Promise((resolve) => setTimeout(resolve, 1))
  }
}
