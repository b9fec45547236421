// How members of an address are read that anybody may have typed: what makes no sense is undefined.

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const DAY = /^[1-9]\d{3}-\d\d-\d\d$/

/** The beginning of a text, in characters as people and the server count them: no emoji is cut in two. */
export function firstCharacters(words: string, most: number): string {
  if (words.length <= most) return words
  let end = 0
  for (let count = 0; end < words.length && count < most; count += 1)
    end += (words.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return words.slice(0, end)
}

/** What the router read as a number or a truth is text again: ?q=2024. */
export function text(value: unknown, max: number): string | undefined {
  const words =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : ''
  return words === '' ? undefined : firstCharacters(words, max).trim()
}

export function uuid(value: unknown): string | undefined {
  return typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined
}

export function flag(value: unknown): true | undefined {
  return ['true', '1'].includes(String(value)) ? true : undefined
}

export function whole(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most
    ? number
    : undefined
}

/** A day of the calendar: `2024-02-31` is none. */
export function day(value: unknown): string | undefined {
  if (typeof value !== 'string' || !DAY.test(value)) return undefined
  const moment = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(value) ? value : undefined
}

/** The words of a comma separated list, each once. */
export function listed(value: unknown): string[] {
  const words = text(value, 2000)?.split(',') ?? []
  return [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))]
}

export function oneOf<V extends string>(value: unknown, all: readonly V[]): V | undefined {
  return all.find((one) => one === value)
}

/** The members that are there. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
