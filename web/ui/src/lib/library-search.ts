import { readFilters, type LibraryFilters } from './library-filters'
import { flag, oneOf, present, text, uuid } from './reading'

/** Where an answer ends; without one it is balanced. */
export const STRENGTHS = ['loose', 'balanced', 'strict'] as const
export type Strength = (typeof STRENGTHS)[number]

/** What the address of the library says: a query or a picture to be like, filters, and the picture that is open. */
export type LibrarySearch = LibraryFilters & {
  q?: string
  /** The id of a picture of the library, or what the server gave for one of somebody's own. */
  like?: string
  /** How much that picture counts beside the words; left out: as much as they. Negative: not like it. */
  like_weight?: number
  photo?: string
  strength?: Exclude<Strength, 'balanced'>
  /** Pictures marked as meant or not meant by this search; ids, comma separated. */
  right?: string
  wrong?: string
  /** Whether what is below the end of the answer is shown too. */
  beyond?: true
  /** Whether look-alikes are shown one by one. */
  unfolded?: true
}

/** A change of the address; `undefined` drops a member. */
export type SearchChange = { [name in keyof LibrarySearch]?: LibrarySearch[name] | undefined }

/** What `POST /api/search/pictures` answers; the server's own limit, and less than any vector takes. */
const HANDLE = /^[\w-]{64,12000}$/
/** As many characters as the server takes in an address. */
export const MAX_QUERY = 1000
/** As much as the server lets one picture count. */
const MAX_WEIGHT = 10
/** As many pictures as the server lets be marked. */
export const MAX_MARKS = 100

function picture(value: unknown): string | undefined {
  return uuid(value) ?? (isHandle(value) ? value : undefined)
}

/** Whether a picture to be like is one of somebody's own, that the library does not have. */
export function isHandle(like: unknown): like is string {
  return typeof like === 'string' && HANDLE.test(like)
}

function weight(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number === 0 || number === 1) return undefined
  return Math.min(MAX_WEIGHT, Math.max(-MAX_WEIGHT, number))
}

function ids(value: unknown, besides: readonly string[] = []): string[] {
  const found = (typeof value === 'string' ? value.split(',') : []).flatMap((one) => uuid(one.trim()) ?? [])
  return [...new Set(found)].filter((id) => !besides.includes(id)).slice(0, MAX_MARKS - besides.length)
}

/** Marks and what is below the end belong to something that is looked for. */
function readAnswer(raw: Record<string, unknown>) {
  const right = ids(raw['right'])
  return {
    right: right.join(',') || undefined,
    wrong: ids(raw['wrong'], right).join(',') || undefined,
    beyond: flag(raw['beyond']),
  }
}

/** Reads an address that anybody may have typed: what makes no sense is left out. */
export function readLibrarySearch(raw: Record<string, unknown>): LibrarySearch {
  const q = text(raw['q'], MAX_QUERY)
  const like = picture(raw['like'])
  return present({
    q,
    like,
    like_weight: like === undefined ? undefined : weight(raw['like_weight']),
    photo: uuid(raw['photo']),
    strength: oneOf(raw['strength'], ['loose', 'strict'] as const),
    unfolded: flag(raw['unfolded']),
    ...(q === undefined && like === undefined ? {} : readAnswer(raw)),
    ...readFilters(raw),
  })
}

/** How well a picture has to fit. */
export function strengthOf(search: LibrarySearch): Strength {
  return search.strength ?? 'balanced'
}

/** Whether something is looked for, rather than the library browsed. */
export function isSearching(search: LibrarySearch): boolean {
  return search.q !== undefined || search.like !== undefined
}

/** What belongs to one search alone, and ends with it. */
const OF_ONE_SEARCH = { right: undefined, wrong: undefined } as const

/** The same search with other filters or another way to show it: from its beginning, with no picture open. */
export function changed(search: LibrarySearch, change: SearchChange): LibrarySearch {
  return readLibrarySearch({ ...search, photo: undefined, beyond: undefined, ...change })
}

/** The same place with these words in the box; an open picture is closed. */
export function withQuery(search: LibrarySearch, words: string): LibrarySearch {
  return changed(search, { ...OF_ONE_SEARCH, q: words })
}

/** The same place with a picture to be like, or without any. */
export function withLike(search: LibrarySearch, like: string | undefined, weighs?: number): LibrarySearch {
  return changed(search, { ...OF_ONE_SEARCH, like, like_weight: weighs })
}

/** The same place without one of its parts. */
export function without(search: LibrarySearch, part: keyof LibrarySearch): LibrarySearch {
  return Object.fromEntries(Object.entries(search).filter(([name]) => name !== part))
}

/** What was marked, by id. */
export function marksOf(search: LibrarySearch): ReadonlyMap<string, 'right' | 'wrong'> {
  return new Map([
    ...ids(search.right).map((id) => [id, 'right'] as const),
    ...ids(search.wrong).map((id) => [id, 'wrong'] as const),
  ])
}

/** The same search with a picture marked, or its mark taken away. */
export function withMark(search: LibrarySearch, id: string, mark: 'right' | 'wrong' | null): LibrarySearch {
  const others = (name: 'right' | 'wrong') => ids(search[name]).filter((one) => one !== id)
  const marked = (name: 'right' | 'wrong') => [...others(name), ...(mark === name ? [id] : [])].join(',')
  return changed(search, { right: marked('right') || undefined, wrong: marked('wrong') || undefined })
}
