import { CancelledError, type QueryClient } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import { ApiError } from '@/api/errors'
import type { Asset, TimelineBucket } from '@/api/types'
import type { GridItem, GridSource } from '@/components/photo-grid/source'
import type { LibraryFilters } from '@/lib/library-filters'
import { keys } from '@/lib/query'
import { cssColor, monthAt, readLayout, revisionOf, UNDATED, withoutItem, type TimelineLayout } from './decode'

/** The fetched pictures of a month. */
type Loaded = { rows: TimelineBucket; places: Map<string, number>; items: (GridItem | undefined)[] }

/** A layout, and what has been fetched of it. The pictures of a revision never change places. */
type State = { layout: TimelineLayout; loaded: Map<string, Loaded> }

/** What is on show: null until the layout is there. */
export type TimelineView = { layout: TimelineLayout; source: GridSource }

const RETRY_MS = 3_000
/** A library is asked no more often than this whether it has changed. */
const CALM_MS = 1_500
/** A library that changes all the time is looked at this many times before it is shown as it was last. */
const MAX_CATCH_UPS = 4

function loadedOf(rows: TimelineBucket): Loaded {
  return { rows, places: new Map(rows.id.map((id, place) => [id, place])), items: [] }
}

function itemOf({ rows, items }: Loaded, place: number, isDated: boolean): GridItem | null {
  const known = items[place]
  if (known) return known
  const id = rows.id[place]
  if (id === undefined) return null
  const at = rows.at[place] ?? ''
  const item: GridItem = {
    id,
    filename: rows.filename[place] ?? '',
    media_version: rows.version[place] ?? 0,
    thumbhash: rows.thumbhash[place] ?? '',
    mean_color: `#${(rows.color[place] ?? 0).toString(16).padStart(6, '0')}`,
    // Of what has no date it is the upload, in UTC.
    taken: isDated ? { local: at } : null,
    uploaded_at: isDated ? at : `${at}Z`,
    expires_at: rows.expires_at[place] ?? null,
    favourite: rows.favourite[place] ?? false,
    mine: rows.mine[place] ?? false,
  }
  items[place] = item
  return item
}

/**
 * The pictures of the library, or of a part of it, by the date at which they were taken. The layout is known at once,
 * months are fetched when they come near. A library that has changed is shown as it is now in one step: its layout
 * together with the months that are looked at.
 */
export class Timeline {
  private state: State | null = null
  private view: TimelineView | null = null
  private failure: Error | null = null
  /** What is fully known of pictures, newer than their month. */
  private readonly whole = new Map<string, Asset>()
  private readonly wishes = new Map<string, readonly [number, number]>()
  private readonly underway = new Map<string, Promise<void>>()
  private readonly listeners = new Set<() => void>()
  /** What was merged since the library was last asked for. */
  private readonly recent = new Set<string>()
  private refreshing: Promise<void> | null = null
  private askedAt = -Infinity
  private later = 0

  private readonly client: QueryClient
  private readonly filters: LibraryFilters

  constructor(client: QueryClient, filters: LibraryFilters) {
    this.client = client
    this.filters = filters
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly current = (): TimelineView | null => this.view

  /** Why there is nothing to show. */
  readonly error = (): Error | null => this.failure

  /** Whether anybody looks. */
  get isOpen(): boolean {
    return this.listeners.size > 0
  }

  /** Asks whether the library has changed, and shows it as it is. */
  readonly refresh = (): Promise<void> => {
    this.refreshing ??= this.catchUp().finally(() => {
      this.refreshing = null
    })
    return this.refreshing
  }

  /** Does so soon: many pictures that arrive one after the other are one change. */
  refreshSoon(): void {
    clearTimeout(this.later)
    if (!this.isOpen) return
    const wait = Math.max(0, this.askedAt + CALM_MS - performance.now())
    this.later = window.setTimeout(() => void this.refresh(), wait)
  }

  /** Takes a picture out, before the server says so. */
  drop(id: string): void {
    const index = this.indexOf(id)
    if (!this.state || index < 0) return
    const { layout, loaded } = this.state
    const month = layout.months[monthAt(layout.months, index)]
    const left = month && loaded.get(month.key)
    if (!month || !left) return
    const at = index - month.start
    const columns = Object.entries(left.rows).map(([name, column]) => [
      name,
      Array.isArray(column) ? column.filter((_: unknown, i: number) => i !== at) : column,
    ])
    const fresh = new Map(loaded)
    fresh.set(month.key, loadedOf(Object.fromEntries(columns) as TimelineBucket))
    this.state = { layout: withoutItem(layout, index), loaded: fresh }
    this.show()
  }

  /** Shows what is newer about pictures that are here. */
  merge(assets: readonly Asset[]): void {
    let isChanged = false
    for (const asset of assets) {
      const known = this.whole.get(asset.id)
      if (known && (known.revision > asset.revision || known === asset)) continue
      if (known?.revision === asset.revision && known.index.state === asset.index.state) continue
      this.whole.set(asset.id, asset)
      this.recent.add(asset.id)
      isChanged = isChanged || this.indexOf(asset.id) >= 0
    }
    if (isChanged) this.show()
  }

  /** Pictures that are here and of which more is known than their month says. */
  known(): Asset[] {
    return [...this.whole.values()].filter((asset) => this.indexOf(asset.id) >= 0)
  }

  private readonly indexOf = (id: string): number => (this.state ? indexIn(this.state, id) : -1)

  private show(): void {
    const { state } = this
    this.view = state && { layout: state.layout, source: this.sourceOf(state) }
    for (const listener of [...this.listeners]) listener()
  }

  private sourceOf(state: State): GridSource {
    const { layout, loaded } = state
    return {
      count: layout.count,
      ratios: layout.ratios,
      color: (index) => cssColor(layout.colors[index] ?? 0),
      item: (index) => {
        const month = layout.months[monthAt(layout.months, index)]
        const found = month && loaded.get(month.key)
        const item = found ? itemOf(found, index - month.start, month.key !== UNDATED) : null
        return (item && this.whole.get(item.id)) ?? item
      },
      indexOf: (id) => indexIn(state, id),
      want: this.want,
      find: this.find,
      ready: this.ready,
      complete: true,
    }
  }

  private readonly want = (from: number, to: number, asker = 'grid'): void => {
    if (to > from) this.wishes.set(asker, [from, to])
    else this.wishes.delete(asker)
    const wanted = this.wanted()
    for (const key of [...this.underway.keys()]) if (!wanted.has(key)) this.giveUp(key)
    for (const key of wanted) void this.load(key)
  }

  private readonly find = (asset: Asset): void => {
    const key = asset.taken?.local.slice(0, 7) ?? UNDATED
    const month = this.state?.layout.months.find((each) => each.key === key)
    if (month) this.want(month.start, month.start + 1, 'find')
  }

  private readonly ready = async (from: number, to: number): Promise<void> => {
    this.want(from, to, 'ready')
    await Promise.all([...this.wanted()].map((key) => this.load(key)))
    this.want(0, 0, 'ready')
  }

  /** The months of all wishes. */
  private wanted(): Set<string> {
    const months = this.state?.layout.months ?? []
    const wanted = new Set<string>()
    for (const [from, to] of this.wishes.values())
      for (let m = monthAt(months, from); m < months.length && (months[m]?.start ?? to) < to; m++)
        wanted.add(months[m]?.key ?? '')
    return wanted
  }

  private giveUp(key: string): void {
    this.underway.delete(key)
    void this.client.cancelQueries({ queryKey: keys.timelineMonth(this.filters, key) })
  }

  private load(key: string): Promise<void> {
    const { state } = this
    if (!state || state.loaded.has(key)) return Promise.resolve()
    const known = this.underway.get(key)
    if (known) return known
    const coming = this.fetchMonth(key, state.layout.rev)
      .then((rows) => {
        // Also when the library was shown anew meanwhile: only what is of the same revision fits.
        if (rows.rev !== this.state?.layout.rev) return
        this.state.loaded.set(key, loadedOf(rows))
        this.show()
      })
      .catch((error: unknown) => this.onMonthFailed(key, error))
      .finally(() => {
        if (this.underway.get(key) === coming) this.underway.delete(key)
      })
    this.underway.set(key, coming)
    return coming
  }

  private onMonthFailed(key: string, error: unknown): void | Promise<void> {
    if (error instanceof CancelledError) return
    if (error instanceof ApiError && error.problem.status === 409) return this.refresh()
    // The colours stay meanwhile; the bar at the top says when the server is away.
    setTimeout(() => {
      if (this.isOpen && this.wanted().has(key)) void this.load(key)
    }, RETRY_MS)
  }

  private fetchMonth(key: string, rev: string): Promise<TimelineBucket> {
    return this.client.query({
      queryKey: [...keys.timelineMonth(this.filters, key), rev],
      queryFn: ({ signal }): Promise<TimelineBucket> =>
        unwrap(
          api.GET('/api/timeline/buckets/{month}', {
            params: { path: { month: key }, query: { ...this.filters, rev } },
            signal,
          }),
        ),
      staleTime: 0,
      gcTime: 0,
    })
  }

  private fetchLayout(): Promise<ArrayBuffer> {
    return this.client.query({
      queryKey: keys.timelineLayout(this.filters),
      queryFn: ({ signal }) =>
        unwrap(
          api.GET('/api/timeline/layout', {
            params: { query: this.filters },
            parseAs: 'arrayBuffer',
            signal,
          }) as Promise<{ data?: ArrayBuffer; response: Response }>,
        ),
      staleTime: 0,
      gcTime: 0,
    })
  }

  private async catchUp(): Promise<void> {
    try {
      for (let turn = 1; !(await this.catchUpOnce(turn >= MAX_CATCH_UPS)); turn++);
      this.failure = null
    } catch (error) {
      if (error instanceof CancelledError) return
      this.failure = error instanceof Error ? error : new Error(String(error))
      if (!this.state) this.show()
    }
  }

  /** False when the library changed once more while its months were fetched. */
  private async catchUpOnce(isLast: boolean): Promise<boolean> {
    this.askedAt = performance.now()
    this.recent.clear()
    const data = await this.fetchLayout()
    if (this.state && revisionOf(data) === this.state.layout.rev) return true
    const layout = readLayout(data)
    const loaded = new Map<string, Loaded>()
    const looked = [...this.wanted()].filter((key) => this.state?.loaded.has(key))
    const still = looked.filter((key) => layout.months.some((month) => month.key === key))
    try {
      for (const rows of await Promise.all(
        still.map((key) => this.fetchMonth(key, layout.rev).then((month) => [key, month] as const)),
      ))
        loaded.set(rows[0], loadedOf(rows[1]))
    } catch (error) {
      const isOutdated = error instanceof ApiError && error.problem.status === 409
      if (isOutdated && !isLast) return false
      if (!isOutdated) throw error
    }
    // What a month does not say is kept: whether a picture can be found yet.
    for (const [id, asset] of this.whole)
      if (asset.index.state === 'done' && !this.recent.has(id)) this.whole.delete(id)
    this.state = { layout, loaded }
    this.show()
    return true
  }
}

function indexIn({ layout, loaded }: State, id: string): number {
  for (const month of layout.months) {
    const place = loaded.get(month.key)?.places.get(id)
    if (place !== undefined) return month.start + place
  }
  return -1
}

const MAX_KEPT = 4
const kept = new Map<string, Timeline>()

/** The timeline of what these filters leave; going back finds it as it was left. */
export function timelineOf(client: QueryClient, filters: LibraryFilters): Timeline {
  const name = JSON.stringify(filters)
  const known = kept.get(name) ?? new Timeline(client, filters)
  kept.delete(name)
  kept.set(name, known)
  for (const [oldest, timeline] of kept) if (kept.size > MAX_KEPT && !timeline.isOpen) kept.delete(oldest)
  return known
}

/** All that may be shown, or shown again. */
export function timelines(): Timeline[] {
  return [...kept.values()]
}
