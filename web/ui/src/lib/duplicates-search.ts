import { oneOf } from './reading'

export const GROUP_WAYS = ['duplicate', 'burst'] as const
/** Why pictures are in one group: they are nearly the same, or were taken seconds apart. */
export type GroupWay = (typeof GROUP_WAYS)[number]

/** What the address of the look-alikes says. */
export type DuplicatesSearch = { kind?: 'burst' }

export function readDuplicatesSearch(raw: Record<string, unknown>): DuplicatesSearch {
  return oneOf(raw['kind'], GROUP_WAYS) === 'burst' ? { kind: 'burst' } : {}
}
