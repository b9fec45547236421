import { ApiError, full, isFull, isTransient } from '@/api/errors'
import type { Asset, UploadKnown, UploadResult } from '@/api/types'
import { isBeingIndexed } from '@/lib/assets'
import type { Keep } from '@/lib/ttl'
import { refusalOf } from './accept'
import { isMoving, type Entry, type Picked } from './entry'

/** What the queue needs from outside; tests give their own. */
export type Transport = {
  hash: (file: File, onProgress: (part: number) => void) => Promise<string>
  check: (files: { sha256: string; size: number }[]) => Promise<UploadKnown[]>
  send: (entry: Entry, keep: Keep, onProgress: (part: number) => void, signal: AbortSignal) => Promise<UploadResult>
  setKeep: (assetId: string, keep: Keep) => Promise<unknown>
  /** A new asset is in the library. */
  onStored: (asset: Asset) => void
  wait: (milliseconds: number) => Promise<void>
  /** Bytes that are free on the server's disk; null while that is not known. */
  free: () => number | null
  /** Whether the person has only so much room. */
  isLimited: () => boolean
}

const SENDERS = 3
const CHECK_BATCH = 50
/** As many as the server takes in one question. */
const CHECK_MOST = 1000
const RETRY_MS = [1_000, 3_000, 8_000]

/**
 * Takes files in and brings them to the library: hashes one at a time, asks the server in batches which of them it
 * has, sends the others three at a time. Lives outside React, so that moving about in the page interrupts nothing.
 */
export class UploadQueue {
  private entries: readonly Entry[] = []
  private readonly listeners = new Set<() => void>()
  private readonly aborts = new Map<number, AbortController>()
  private readonly transport: Transport
  private keepChoice: Keep
  private lastId = 0
  private hashing = false
  private checking = false
  private sending = 0

  constructor(transport: Transport, keep: Keep = 'never') {
    this.transport = transport
    this.keepChoice = keep
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  /** The same array until something changes. */
  readonly snapshot = (): readonly Entry[] => this.entries
  readonly keep = (): Keep => this.keepChoice

  add(picked: readonly Picked[]): void {
    const added = picked.map(({ file, folder, folderId = null }): Entry => {
      this.lastId += 1
      const refusal = refusalOf(file.name, file.type, file.size)
      const error = refusal === null ? null : new ApiError({ status: 415, code: refusal, detail: '' })
      const state = refusal === null ? 'waiting' : 'rejected'
      const start = { progress: 0, sha256: null, asset: null, attempts: 0 }
      return { id: this.lastId, file, folder, folderId, state, error, ...start }
    })
    this.replace([...this.entries, ...added])
    this.pump()
  }

  /** Applies to all files of this list: those to come are sent with it, those already taken in are changed. */
  setKeep(keep: Keep): void {
    this.keepChoice = keep
    for (const { state, asset } of this.entries)
      if (asset && (state === 'processing' || state === 'done' || state === 'unsearchable'))
        void this.transport.setKeep(asset.id, keep).catch(() => undefined)
    this.notify()
  }

  /** Tries everything that failed, or one file, again from the start. */
  retry(id?: number): void {
    this.replace(
      this.entries.map((entry) =>
        entry.state === 'failed' && (id === undefined || entry.id === id)
          ? { ...entry, state: 'waiting', error: null, progress: 0, attempts: 0 }
          : entry,
      ),
    )
    this.pump()
  }

  /** Stops everything that has not arrived and forgets it. */
  cancel(): void {
    for (const abort of this.aborts.values()) abort.abort()
    this.replace(this.entries.filter((entry) => !isMoving(entry)))
  }

  /** Empties the list; what moves goes on. */
  clear(): void {
    this.replace(this.entries.filter(isMoving))
  }

  /** Learns from fresher assets which pictures have become searchable. */
  observe(assets: readonly Asset[]): void {
    const byId = new Map(assets.map((asset) => [asset.id, asset]))
    const next = this.entries.map((entry): Entry => {
      const asset = entry.state === 'processing' && entry.asset ? byId.get(entry.asset.id) : undefined
      if (!asset || isBeingIndexed(asset)) return entry
      return { ...entry, state: asset.index.state === 'failed' ? 'unsearchable' : 'done' }
    })
    if (next.some((entry, i) => entry !== this.entries[i])) this.replace(next)
  }

  /** Ids of the assets whose pictures are not searchable yet, oldest first. */
  processing(): string[] {
    return this.entries.flatMap((entry) => (entry.state === 'processing' && entry.asset ? [entry.asset.id] : []))
  }

  private pump(): void {
    void this.hashNext()
    void this.checkNext()
    while (this.sending < SENDERS && this.sendNext()) continue
  }

  private async hashNext(): Promise<void> {
    const entry = this.hashing ? undefined : this.first('waiting')
    if (!entry) return
    this.hashing = true
    this.update(entry.id, { state: 'hashing', progress: 0 })
    try {
      const sha256 = await this.transport.hash(entry.file, (progress) => this.update(entry.id, { progress }))
      this.update(entry.id, { state: 'checking', sha256, progress: 0 })
    } catch {
      // A file that can't be read: it was moved or deleted since it was picked.
      this.update(entry.id, {
        state: 'failed',
        error: new ApiError({ status: 0, code: 'file_unreadable', detail: '' }),
      })
    }
    this.hashing = false
    this.pump()
  }

  private async checkNext(): Promise<void> {
    const batch = this.checking ? [] : this.entries.filter((entry) => entry.state === 'checking').slice(0, CHECK_BATCH)
    if (batch.length === 0) return
    this.checking = true
    try {
      const known = await this.transport.check(
        [...this.onTheWay(), ...batch].map((entry) => ({ sha256: entry.sha256 ?? '', size: entry.file.size })),
      )
      const bySum = new Map(known.map((answer) => [answer.sha256, answer]))
      for (const entry of batch) this.update(entry.id, this.afterCheck(entry, bySum.get(entry.sha256 ?? '')))
    } catch {
      // Only a saving of bytes was lost; sending answers the same question.
      for (const { id } of batch) this.update(id, { state: 'ready' })
    }
    this.checking = false
    this.pump()
  }

  /** What was found to be welcome and has not arrived: it takes its part of the room before all that is asked about. */
  private onTheWay(): readonly Entry[] {
    if (!this.transport.isLimited()) return []
    const coming = this.entries.filter(({ state }) => state === 'ready' || state === 'uploading')
    return coming.slice(0, CHECK_MOST - CHECK_BATCH)
  }

  private afterCheck({ file }: Entry, answer: UploadKnown | undefined): Partial<Entry> {
    if (answer?.state === 'known' && answer.id) return { state: 'known', asset: { id: answer.id, media_version: 1 } }
    // No byte is sent of what there is no room for; once there is some, it can be tried again by hand.
    if (answer?.state === 'no_room') return { state: 'failed', error: full('quota_exceeded') }
    if (answer?.state === 'new' && file.size > (this.transport.free() ?? Infinity))
      return { state: 'failed', error: full('disk_full') }
    // What lies in the trash is sent: the upload restores it with the life that was chosen now.
    return { state: 'ready' }
  }

  private sendNext(): boolean {
    const entry = this.first('ready')
    if (!entry) return false
    this.sending += 1
    void this.send(entry).finally(() => {
      this.sending -= 1
      this.pump()
    })
    return true
  }

  private async send(entry: Entry): Promise<void> {
    const abort = new AbortController()
    this.aborts.set(entry.id, abort)
    this.update(entry.id, { state: 'uploading', progress: 0, attempts: entry.attempts + 1 })
    try {
      const { status, asset } = await this.transport.send(
        entry,
        this.keepChoice,
        (progress) => this.update(entry.id, { progress }),
        abort.signal,
      )
      const state = status === 'duplicate' ? 'known' : isBeingIndexed(asset) ? 'processing' : 'done'
      this.update(entry.id, { state, asset: { id: asset.id, media_version: asset.media_version }, progress: 1 })
      if (status !== 'duplicate') this.transport.onStored(asset)
    } catch (error) {
      if (!abort.signal.aborted) await this.afterFailure(entry, error)
    } finally {
      this.aborts.delete(entry.id)
    }
  }

  private async afterFailure(entry: Entry, error: unknown): Promise<void> {
    const delay = isTransient(error) ? RETRY_MS[entry.attempts] : undefined
    if (delay === undefined) {
      const mayHelp = isTransient(error) || isFull(error) || (error instanceof ApiError && error.problem.status === 401)
      this.update(entry.id, { state: mayHelp ? 'failed' : 'rejected', error, progress: 0 })
      return
    }
    await this.transport.wait(delay)
    this.update(entry.id, { state: 'ready', progress: 0 })
  }

  private first(state: Entry['state']): Entry | undefined {
    return this.entries.find((entry) => entry.state === state)
  }

  private update(id: number, change: Partial<Entry>): void {
    this.replace(this.entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)))
  }

  private replace(entries: readonly Entry[]): void {
    this.entries = entries
    this.notify()
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener()
  }
}
