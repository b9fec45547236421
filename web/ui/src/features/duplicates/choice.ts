import type { AlikeGroup } from '@/api/types'

/** Which pictures of a group stay; at least one always does. */
export type Kept = ReadonlySet<string>

/** What is proposed: the best one stays. */
export function proposed(group: AlikeGroup): Kept {
  return new Set([group.best.id])
}

/** The same with one more kept, or one less; the last one stays. */
export function toggled(kept: Kept, id: string): Kept {
  const next = new Set(kept)
  if (!next.delete(id)) next.add(id)
  return next.size === 0 ? kept : next
}

/**
 * Which one gets what the others have, and which ones go. The best one gets it if it stays, else the first that does;
 * null where none goes. What others own, or is gone meanwhile, is never among it.
 */
export function decided(group: AlikeGroup, kept: Kept): { keep: string; trash: string[] } | null {
  const own = group.members.filter(({ mine }) => mine)
  const staying = own.filter(({ id }) => kept.has(id))
  const keep = staying.find(({ id }) => id === group.best.id) ?? staying[0]
  const trash = own.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
  return keep === undefined || trash.length === 0 ? null : { keep: keep.id, trash }
}

export type Fact = 'pixels' | 'bytes' | 'oldest'

/** By what a picture is ahead of all others of its group. */
export function aheadBy({ members }: AlikeGroup, id: string): ReadonlySet<Fact> {
  const measures: Record<Fact, (member: AlikeGroup['members'][number]) => number> = {
    pixels: ({ width, height }) => width * height,
    bytes: ({ bytes }) => bytes,
    oldest: ({ taken, uploaded_at }) => -Date.parse(taken ? `${taken.local.slice(0, 19)}Z` : uploaded_at),
  }
  const facts: Fact[] = ['pixels', 'bytes', 'oldest']
  return new Set(
    facts.filter((fact) => {
      const measure = measures[fact]
      const own = members.find((member) => member.id === id)
      return own !== undefined && members.every((other) => other.id === id || measure(other) < measure(own))
    }),
  )
}
