/** Moves these items before another one, or behind all; among themselves they keep the order they stand in. */
export function moveBefore<I extends { id: string }>(
  items: readonly I[],
  ids: ReadonlySet<string>,
  before: string | null,
): I[] {
  const moved = items.filter((item) => ids.has(item.id))
  // What is moved can't be what it stands before: then it is the next one that stays.
  const place = before === null ? -1 : items.findIndex((item) => item.id === before)
  const anchor = place < 0 ? undefined : items.slice(place).find((item) => !ids.has(item.id))
  const others = items.filter((item) => !ids.has(item.id))
  const at = anchor ? others.indexOf(anchor) : others.length
  return [...others.slice(0, at), ...moved, ...others.slice(at)]
}

/** The item that stands behind all of these, as far as one stays: what they would have to be put before again. */
export function nextAfter(items: readonly { id: string }[], ids: ReadonlySet<string>): string | null {
  const last = items.findLastIndex((item) => ids.has(item.id))
  return items.slice(last + 1).find((item) => !ids.has(item.id))?.id ?? null
}

/** Before which item these stand after one step to the left or the right; undefined where there is no further. */
export function stepTarget(
  items: readonly { id: string }[],
  ids: ReadonlySet<string>,
  step: -1 | 1,
): string | null | undefined {
  const first = items.findIndex((item) => ids.has(item.id))
  if (first < 0) return undefined
  if (step < 0) return first === 0 ? undefined : (items[first - 1]?.id ?? undefined)
  const after = nextAfter(items, ids)
  if (after === null) return undefined
  const place = items.findIndex((item) => item.id === after)
  return items[place + 1]?.id ?? null
}
