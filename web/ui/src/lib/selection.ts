import type { Asset } from '@/api/types'
import { createStore, type Store } from './store'

/** What the actions on chosen pictures need to know of each. */
export type ChosenItem = Pick<Asset, 'id' | 'filename' | 'favourite' | 'mine'>

/** By id, in the order of choosing. */
export type Chosen = ReadonlyMap<string, ChosenItem>

/** The pictures that are chosen from, in the order of the screen; some may not be known yet. */
export type Choice = {
  count: number
  item: (index: number) => ChosenItem | null
  indexOf: (id: string) => number
  /** Settles when the items from `from` to before `to` are known, as far as they can be had. */
  ready?: (from: number, to: number) => Promise<void>
}

const NONE: Chosen = new Map()
/** More than these are not fetched only to be chosen. */
const MAX_FETCHED = 20_000

/** What is chosen on the screen that is shown; nothing, when the screen changes. */
export const selection: Store<Chosen> = createStore(NONE)

/** Where a range begins, and what was chosen before it, which stays chosen however the range grows and shrinks. */
let start: { id: string; index: number; before: Chosen } | null = null
/** Counts what people do: what was fetched for a range counts only while nothing else was done since. */
let turn = 0

function plain({ id, filename, favourite, mine }: ChosenItem): ChosenItem {
  return { id, filename, favourite, mine }
}

/** Chooses a picture, or no longer; the next range begins at it. */
export function toggle(item: ChosenItem, index: number): void {
  turn += 1
  const next = new Map(selection.get())
  if (!next.delete(item.id)) next.set(item.id, plain(item))
  start = { id: item.id, index, before: next }
  selection.set(next.size === 0 ? NONE : next)
}

function add(to: Chosen, choice: Choice, from: number, end: number): { next: Chosen; isWhole: boolean } {
  const next = new Map(to)
  let isWhole = true
  const step = from <= end ? 1 : -1
  for (let i = from; i !== end + step; i += step) {
    const item = choice.item(i)
    if (item) next.set(item.id, plain(item))
    else isWhole = false
  }
  return { next, isWhole }
}

/**
 * Chooses everything from where the last picture was chosen to this one, instead of the range before.
 * `fallback` is where the range begins when nothing was chosen before. What is not known yet follows when it is.
 */
export async function chooseRange(choice: Choice, to: number, fallback: number = to): Promise<void> {
  turn += 1
  const mine = turn
  if (!start) start = { id: choice.item(fallback)?.id ?? '', index: fallback, before: selection.get() }
  const { id, index, before } = start
  const apply = (): boolean => {
    const found = choice.indexOf(id)
    const from = Math.max(0, Math.min(choice.count - 1, found < 0 ? index : found))
    const { next, isWhole } = add(before, choice, from, Math.max(0, Math.min(choice.count - 1, to)))
    selection.set(next)
    return isWhole
  }
  if (choice.count === 0 || apply() || !choice.ready) return
  await choice.ready(Math.min(index, to), Math.max(index, to) + 1)
  if (turn === mine) apply()
}

/** Chooses all there is; of a library too large to fetch, all that is known. */
export async function chooseAll(choice: Choice): Promise<void> {
  turn += 1
  const mine = turn
  const before = selection.get()
  const apply = () => {
    const { next, isWhole } =
      choice.count > 0 ? add(before, choice, 0, choice.count - 1) : { next: before, isWhole: true }
    selection.set(next)
    return isWhole
  }
  if (apply() || !choice.ready || choice.count > MAX_FETCHED) return
  await choice.ready(0, choice.count)
  if (turn === mine) apply()
}

/** Nothing is chosen any more. */
export function clear(): void {
  turn += 1
  start = null
  selection.set(NONE)
}

/** Takes pictures out of what is chosen: they are no longer on the screen. */
export function dropChosen(ids: Iterable<string>): void {
  const next = new Map(selection.get())
  let isChanged = false
  for (const id of ids) isChanged = next.delete(id) || isChanged
  if (!isChanged) return
  selection.set(next.size === 0 ? NONE : next)
  if (start) start = { ...start, before: selection.get() }
}

/** Brings what is known of chosen pictures up to date. */
export function updateChosen(fresh: readonly ChosenItem[]): void {
  const chosen = selection.get()
  const changed = fresh.filter((item) => {
    const known = chosen.get(item.id)
    return known && (known.favourite !== item.favourite || known.filename !== item.filename)
  })
  if (changed.length === 0) return
  const next = new Map(chosen)
  for (const item of changed) next.set(item.id, plain(item))
  selection.set(next)
}
