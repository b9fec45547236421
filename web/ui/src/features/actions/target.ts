import type { EditChanges, Narrowing } from '@/api/types'
import type { Which } from '@/lib/edits'
import type { ChosenItem } from '@/lib/selection'

/** All that a filter finds in the library as it was seen. */
export type Whole = { filter: Narrowing; revision: string; count: number; tags: readonly string[] }

/** What an action is about: pictures that were chosen one by one, or all that a filter finds. */
export type Target = { items: readonly ChosenItem[]; whole: Whole | null }

/** How many pictures it is about. */
export function countOf(target: Target): number {
  return target.whole?.count ?? target.items.length
}

/** Those that may be changed, and how many of the chosen are somebody else's; of a filter the server sorts them out. */
export function changeable(target: Target): { which: Which; others: number; count: number } {
  if (target.whole) {
    const { filter, revision, count } = target.whole
    return { which: { filter, revision, count }, others: 0, count }
  }
  const ids = target.items.filter((item) => item.mine).map((item) => item.id)
  return { which: { ids }, others: target.items.length - ids.length, count: ids.length }
}

/** Whether all that may be changed are favourites: then the action takes that away. */
export function areFavourites(target: Target): boolean {
  const own = target.items.filter((item) => item.mine)
  return target.whole === null && own.length > 0 && own.every((item) => item.favourite)
}

/** How a date is corrected. */
export type DateWish =
  | { how: 'shift'; later: boolean; days: number; hours: number; minutes: number }
  | { how: 'set'; local: string }
  | { how: 'file' }

const HOUR = 60
const DAY = 24 * HOUR

/** The change that a wish for another date is; null for one that changes nothing or is not said yet. */
export function dateChange(wish: DateWish): EditChanges | null {
  if (wish.how === 'file') return { taken: null }
  if (wish.how === 'set') return wish.local === '' ? null : { taken: { local: wish.local } }
  const minutes = wish.days * DAY + wish.hours * HOUR + wish.minutes
  if (!Number.isInteger(minutes) || minutes <= 0) return null
  return { shift_taken_minutes: wish.later ? minutes : -minutes }
}

/** The names that a text says, apart from each other by commas, without those that are there already. */
export function tagsIn(text: string, there: readonly string[]): string[] {
  const known = new Set(there.map((name) => name.toLowerCase()))
  const found: string[] = []
  for (const part of text.split(',')) {
    const name = part.trim()
    if (name === '' || known.has(name.toLowerCase())) continue
    known.add(name.toLowerCase())
    found.push(name)
  }
  return found
}
