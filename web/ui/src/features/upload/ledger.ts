import type { Entry, UploadState } from './entry'

/**
 * All files of the list by number and by state, so that the next one to work on is found at once however many there
 * are. Whoever follows is told of many changes at a time: `later` says when.
 */
export class Ledger {
  private readonly all = new Map<number, Entry>()
  private readonly byState = new Map<UploadState, Set<number>>()
  private readonly listeners = new Set<() => void>()
  private readonly later: (tell: () => void) => void
  private shown: readonly Entry[] = []
  private isTold = true

  constructor(later: (tell: () => void) => void) {
    this.later = later
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** The same array until followers are told of a change. */
  readonly snapshot = (): readonly Entry[] => this.shown

  get(id: number): Entry | undefined {
    return this.all.get(id)
  }

  /** Entries as they are now, oldest first. */
  entries(): Entry[] {
    return [...this.all.values()]
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.all.set(entry.id, entry)
      this.ids(entry.state).add(entry.id)
    }
    this.tell()
  }

  /** Changes an entry, unless it is gone. What comes into a state goes behind what is in it, or before it. */
  update(id: number, change: Partial<Entry>, { inFront = false } = {}): void {
    const entry = this.all.get(id)
    if (!entry) return
    this.all.set(id, { ...entry, ...change })
    if (change.state !== undefined && change.state !== entry.state) {
      this.ids(entry.state).delete(id)
      if (inFront) this.byState.set(change.state, new Set([id, ...this.ids(change.state)]))
      else this.ids(change.state).add(id)
    }
    this.tell()
  }

  remove(isGone: (entry: Entry) => boolean): void {
    for (const entry of this.entries()) {
      if (!isGone(entry)) continue
      this.all.delete(entry.id)
      this.ids(entry.state).delete(entry.id)
    }
    this.tell()
  }

  count(state: UploadState): number {
    return this.ids(state).size
  }

  first(state: UploadState): Entry | undefined {
    for (const id of this.ids(state)) return this.all.get(id)
    return undefined
  }

  /** The entries in a state, in the order in which they came into it; at most so many that are wanted. */
  some(state: UploadState, most = Infinity, isWanted: (entry: Entry) => boolean = () => true): Entry[] {
    const found: Entry[] = []
    for (const id of this.ids(state)) {
      if (found.length >= most) break
      const entry = this.all.get(id)
      if (entry && isWanted(entry)) found.push(entry)
    }
    return found
  }

  /** Tells the followers, soon. */
  tell(): void {
    if (!this.isTold) return
    this.isTold = false
    this.later(() => {
      this.isTold = true
      this.shown = this.entries()
      for (const listener of [...this.listeners]) listener()
    })
  }

  private ids(state: UploadState): Set<number> {
    const found = this.byState.get(state) ?? new Set()
    this.byState.set(state, found)
    return found
  }
}
