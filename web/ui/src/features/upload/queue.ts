import { ApiError, full } from '@/api/errors'
import type { Asset, UploadKnown } from '@/api/types'
import { isBeingIndexed } from '@/lib/assets'
import type { Keep } from '@/lib/ttl'
import { refusalOf } from './accept'
import { isMoving, type Entry, type Picked, type UploadState } from './entry'
import { Hold, type Held } from './hold'
import { Ledger } from './ledger'
import { troubleOf } from './trouble'

/** What became of a file that was sent, and the asset that stands for it now. */
export type Sent = { status: 'stored' | 'duplicate' | 'restored'; asset: string }

/** What is told while a file is being sent. */
export type SendReport = { onProgress: (part: number) => void; onBegun: (upload: string) => void }

/** What the queue needs from outside; tests give their own. */
export type Transport = {
  /** Null where files can't be summed up here at all: they are sent nevertheless. */
  hash: (file: File, onProgress: (part: number) => void) => Promise<string | null>
  check: (files: { sha256: string; size: number }[]) => Promise<UploadKnown[]>
  /** Sends a file, or goes on with what was begun; never settles for one that was paused or dropped meanwhile. */
  send: (entry: Entry, report: SendReport) => Promise<Sent>
  /** Stops sending; what came stays on the server. */
  pause: (id: number) => void
  /** Stops sending; what came is deleted on the server. */
  drop: (entry: Entry) => void
  setKeep: (assets: readonly string[], keep: Keep) => Promise<unknown>
  /** A new asset is in the library. */
  onStored: (asset: string) => void
  /** Whether a file can still be read. */
  isReadable: (file: File) => Promise<boolean>
  isReachable: () => Promise<boolean>
  /** Whether the session lives; asking makes the page lead to signing in where it does not. */
  isSignedIn: () => Promise<boolean>
  wait: (milliseconds: number) => Promise<void>
  /** Bytes that are free on the server's disk; null while that is not known. */
  free: () => number | null
  /** Whether the person has only so much room. */
  isLimited: () => boolean
}

/** Browsers open six connections to a server; the others are for the pictures on the screen. */
export const SENDERS = 3
const CHECK_BATCH = 50
/** As many as the server takes in one question. */
const CHECK_MOST = 1000
const AGAIN_MS = [1_000, 3_000, 8_000]
/** Cuts of the connection without a byte arriving in between: it may be this file that a proxy does not let through. */
const MOST_ATTEMPTS = 12

export type QueueStatus = { isPaused: boolean; held: Held | null }

/**
 * Takes files in and brings them to the library: sums up one at a time, asks the server in batches which of them it
 * has, sends the others three at a time, and goes on where sending was cut off. Lives outside React, so that moving
 * about in the page interrupts nothing.
 */
export class UploadQueue {
  private readonly transport: Transport
  private readonly ledger: Ledger
  private readonly hold: Hold
  /** The entry that is about to bring these bytes, by their sum: the same ones again wait for it. */
  private readonly bringing = new Map<string, number>()
  private keepChoice: Keep
  private person: string | null = null
  private lastId = 0
  private hashing = false
  private checking = false
  /** The run of each file that is being sent now; what comes of an earlier one counts for nothing. */
  private readonly runs = new Map<number, object>()
  private shown: QueueStatus = { isPaused: false, held: null }

  constructor(transport: Transport, keep: Keep = 'never', later: (tell: () => void) => void = (tell) => tell()) {
    this.transport = transport
    this.keepChoice = keep
    this.ledger = new Ledger(later)
    this.hold = new Hold(transport, () => {
      this.show({ held: this.hold.held })
      this.pump()
    })
    this.subscribe = this.ledger.subscribe
    this.snapshot = this.ledger.snapshot
  }

  readonly subscribe: (listener: () => void) => () => void
  /** The same array until something changes. */
  readonly snapshot: () => readonly Entry[]
  readonly keep = (): Keep => this.keepChoice
  /** The same object until something changes. */
  readonly status = (): QueueStatus => this.shown

  add(picked: readonly Picked[]): void {
    this.ledger.add(picked.map((each) => this.entryOf(each)))
    this.pump()
  }

  /** How long what is added from now on is kept. */
  setKeep(keep: Keep): void {
    this.keepChoice = keep
    this.ledger.tell()
  }

  /** Changes all files of this list: those to come are sent with it, those already taken in are changed. */
  keepAll(keep: Keep): void {
    this.keepChoice = keep
    const there: string[] = []
    for (const { id, state, asset } of this.ledger.entries()) {
      this.ledger.update(id, { keep })
      if (asset && (state === 'processing' || state === 'done' || state === 'unsearchable')) there.push(asset.id)
    }
    if (there.length > 0) void this.transport.setKeep(there, keep).catch(() => undefined)
    this.ledger.tell()
  }

  /** Tries everything that failed or was cancelled, or one file, again. */
  retry(only?: number): void {
    for (const { id, state, file } of this.ledger.entries())
      if ((state === 'failed' || state === 'cancelled') && file && (only === undefined || id === only))
        this.ledger.update(id, { state: 'waiting', error: null, progress: 0, attempts: 0 })
    this.hold.tryNow()
    this.pump()
  }

  /** Stops one file, or everything that has not arrived; what came of it is deleted. */
  cancel(only?: number): void {
    for (const entry of this.ledger.entries()) {
      if (!isMoving(entry) || (only !== undefined && entry.id !== only)) continue
      if (entry.state === 'uploading' || entry.state === 'paused' || entry.begun !== null) this.transport.drop(entry)
      this.end(entry, { state: 'cancelled', progress: 0, begun: null })
    }
    this.pump()
  }

  /** Pauses one file that is being sent, or everything. */
  pause(only?: number): void {
    if (only === undefined) this.show({ isPaused: true })
    for (const { id } of this.ledger.some('uploading', Infinity, ({ id }) => only === undefined || id === only)) {
      this.runs.delete(id)
      this.ledger.update(id, { state: 'paused' })
      this.transport.pause(id)
    }
    this.pump()
  }

  /** Goes on with one paused file, or with everything. */
  resume(only?: number): void {
    if (only === undefined) this.show({ isPaused: false })
    for (const { id } of this.ledger.some('paused', Infinity, ({ id }) => only === undefined || id === only).reverse())
      this.ledger.update(id, { state: 'ready' }, { inFront: true })
    this.pump()
  }

  /** Tries at once what waits for the connection or the server. */
  tryNow(): void {
    this.hold.tryNow()
  }

  /** Empties the list; what moves goes on. */
  clear(): void {
    this.ledger.remove((entry) => !isMoving(entry))
  }

  /** Says who is signed in. What somebody else left in this tab is not theirs: it is forgotten. */
  belongTo(person: string): void {
    if (this.person !== null && this.person !== person) {
      for (const { id } of [...this.ledger.some('uploading'), ...this.ledger.some('paused')]) this.transport.pause(id)
      this.bringing.clear()
      this.runs.clear()
      this.ledger.remove(() => true)
      this.show({ isPaused: false })
    }
    this.person = person
    this.hold.signedIn()
  }

  /** Learns from fresher assets which pictures have become searchable. */
  observe(assets: readonly Asset[]): void {
    const byId = new Map(assets.map((asset) => [asset.id, asset]))
    for (const entry of this.ledger.some('processing')) {
      const asset = entry.asset ? byId.get(entry.asset.id) : undefined
      if (!asset || isBeingIndexed(asset)) continue
      const state = asset.index.state === 'failed' ? 'unsearchable' : 'done'
      this.ledger.update(entry.id, { state, asset: { id: asset.id, media_version: asset.media_version } })
    }
  }

  /** Ids of the assets whose pictures are not searchable yet, oldest first. */
  processing(): string[] {
    return this.ledger.some('processing').flatMap(({ asset }) => (asset ? [asset.id] : []))
  }

  private entryOf(picked: Picked): Entry {
    this.lastId += 1
    const { file, folder, folderId = null } = picked
    const name = file ? file.name : picked.name
    const refusal = picked.obstacle ?? (file && refusalOf(name, file.type, file.size))
    const state: UploadState =
      refusal === 'file_system' ? 'skipped' : refusal === null ? 'waiting' : file ? 'rejected' : 'failed'
    return {
      id: this.lastId,
      file,
      name,
      size: file?.size ?? 0,
      folder,
      folderId,
      keep: this.keepChoice,
      state,
      progress: 0,
      sha256: null,
      begun: null,
      asset: null,
      restored: false,
      error: refusal === null ? null : new ApiError({ status: 415, code: refusal, detail: '' }),
      attempts: 0,
    }
  }

  private get isHeld(): boolean {
    return this.shown.isPaused || this.hold.held !== null
  }

  private pump(): void {
    if (!this.shown.isPaused) void this.hashNext()
    if (this.isHeld) return
    void this.checkNext()
    while (this.ledger.count('uploading') < SENDERS && this.sendNext()) continue
  }

  private async hashNext(): Promise<void> {
    const entry = this.hashing ? undefined : this.ledger.first('waiting')
    if (!entry?.file) return
    const { id, file } = entry
    this.hashing = true
    this.ledger.update(id, { state: 'hashing', progress: 0 })
    const change = (next: Partial<Entry>) => {
      // It may have been cancelled meanwhile.
      if (this.ledger.get(id)?.state === 'hashing') this.ledger.update(id, next)
    }
    try {
      const sha256 = await this.transport.hash(file, (progress) => change({ progress }))
      change({ state: sha256 === null ? 'ready' : 'checking', sha256, progress: 0 })
    } catch {
      // It was moved or deleted since it was picked, or may not be read.
      change({ state: 'failed', error: unreadable() })
    }
    this.hashing = false
    this.pump()
  }

  /** Asks once a batch is full, or when there is nothing better to do. */
  private async checkNext(): Promise<void> {
    const isFree = ({ id, sha256 }: Entry) => (this.bringing.get(sha256 ?? '') ?? id) === id
    const batch = this.checking ? [] : this.ledger.some('checking', CHECK_BATCH, isFree)
    const more = this.ledger.count('waiting') + this.ledger.count('hashing')
    if (batch.length === 0) return
    if (batch.length < CHECK_BATCH && more > 0 && this.ledger.count('ready') > 0) return
    this.checking = true
    try {
      const known = await this.transport.check(
        [...this.onTheWay(), ...batch].map(({ sha256, size }) => ({ sha256: sha256 ?? '', size })),
      )
      const bySum = new Map(known.map((answer) => [answer.sha256, answer]))
      for (const { id } of batch) this.afterCheck(id, bySum)
    } catch (error) {
      const trouble = troubleOf(error)
      if (trouble === 'offline' || trouble === 'signed_out') this.hold.begin(trouble, error)
      // Only a saving of bytes was lost; sending answers the same question.
      else
        for (const { id } of batch) {
          const entry = this.ledger.get(id)
          if (entry?.state === 'checking') this.welcome(id, entry.begun, entry.progress)
        }
    }
    this.checking = false
    this.pump()
  }

  /** What was found to be welcome and has not begun: it takes its part of the room before all that is asked about. */
  private onTheWay(): readonly Entry[] {
    if (!this.transport.isLimited()) return []
    return this.ledger.some('ready', CHECK_MOST - CHECK_BATCH, ({ begun, sha256 }) => begun === null && sha256 !== null)
  }

  private afterCheck(id: number, bySum: ReadonlyMap<string, UploadKnown>): void {
    const entry = this.ledger.get(id)
    if (entry?.state !== 'checking') return
    const answer = bySum.get(entry.sha256 ?? '')
    const begun = answer?.uploading ?? null
    if (answer?.state === 'known' && answer.id)
      this.end(entry, { state: 'known', asset: { id: answer.id, media_version: 1 }, begun: null })
    // What was begun has its room.
    else if (begun) this.welcome(id, begun.id, begun.offset / entry.size)
    else {
      // No byte is sent of what there is no room for; once there is some, it can be tried again by hand.
      const lacks = answer && this.lacking(answer, entry.size)
      if (lacks) this.end(entry, { state: 'failed', error: full(lacks) })
      // What lies in the trash is sent: the upload restores it with the life that was chosen now.
      else this.welcome(id, null)
    }
  }

  private lacking({ state }: UploadKnown, size: number): 'quota_exceeded' | 'disk_full' | null {
    if (state === 'no_room') return 'quota_exceeded'
    return state === 'new' && size > (this.transport.free() ?? Infinity) ? 'disk_full' : null
  }

  /** Puts a file among those to be sent, unless the same bytes are there already: it is asked about after them. */
  private welcome(id: number, begun: string | null, progress = 0): void {
    const sha256 = this.ledger.get(id)?.sha256 ?? null
    if (sha256 !== null && (this.bringing.get(sha256) ?? id) !== id) return
    if (sha256 !== null) this.bringing.set(sha256, id)
    this.ledger.update(id, { state: 'ready', begun, progress })
  }

  private sendNext(): boolean {
    const entry = this.ledger.first('ready')
    if (!entry) return false
    this.ledger.update(entry.id, { state: 'uploading' })
    void this.send(entry)
    return true
  }

  private async send(entry: Entry): Promise<void> {
    const { id } = entry
    const run = {}
    this.runs.set(id, run)
    const isLast = () => this.runs.get(id) === run
    try {
      const { status, asset } = await this.transport.send(entry, {
        onProgress: (progress) => isLast() && this.ledger.update(id, { progress, attempts: 0 }),
        onBegun: (begun) => isLast() && this.ledger.update(id, { begun }),
      })
      if (!isLast()) return
      this.hold.arrived()
      const state = status === 'duplicate' ? 'known' : 'processing'
      const stands = { asset: { id: asset, media_version: 1 }, restored: status === 'restored' }
      this.end(entry, { state, progress: 1, begun: null, ...stands })
      if (status !== 'duplicate') this.transport.onStored(asset)
    } catch (error) {
      const isThere = entry.file !== null && (await this.transport.isReadable(entry.file))
      if (isLast()) await this.afterFailure(entry, isThere ? error : unreadable(), isLast)
    }
    if (isLast()) this.runs.delete(id)
    this.pump()
  }

  private async afterFailure(entry: Entry, error: unknown, isLast: () => boolean): Promise<void> {
    const { id, sha256 } = entry
    const trouble = troubleOf(error)
    const attempts = (this.ledger.get(id)?.attempts ?? 0) + 1
    const isOwn = trouble === 'again' || trouble === 'read_again'
    // A server that is full of work or lacks its disk is waited for, however long that is.
    const most = isOwn ? AGAIN_MS.length : trouble === 'offline' ? MOST_ATTEMPTS : Infinity
    const back = { state: sha256 === null ? 'ready' : 'checking', attempts } as const
    if (trouble === 'never') this.end(entry, { state: 'rejected', error, progress: 0, begun: null })
    else if (trouble === 'by_hand' || attempts > most) this.end(entry, { state: 'failed', error, progress: 0 })
    else if (isOwn) {
      await this.transport.wait(AGAIN_MS[attempts - 1] ?? 0)
      if (!isLast()) return
      if (trouble === 'again') this.ledger.update(id, back)
      else this.end(entry, { state: 'waiting', attempts, progress: 0, begun: null })
    } else {
      // All others that are being sent will meet the same; each comes here by itself.
      this.ledger.update(id, back)
      this.hold.begin(trouble, error)
    }
  }

  /** Gives an entry its last state; the same bytes that waited for it are asked about again. */
  private end({ id, sha256 }: Entry, change: Partial<Entry>): void {
    this.runs.delete(id)
    if (sha256 !== null && this.bringing.get(sha256) === id) this.bringing.delete(sha256)
    this.ledger.update(id, change)
  }

  private show(change: Partial<QueueStatus>): void {
    this.shown = { ...this.shown, ...change }
    this.ledger.tell()
  }
}

function unreadable(): ApiError {
  return new ApiError({ status: 0, code: 'file_unreadable', detail: '' })
}
