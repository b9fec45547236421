/** What the address of the library says: a query or a picture to be like, filters, and the picture that is open. */
export type LibrarySearch = {
  q?: string
  /** The id of a picture of the library, or what the server gave for one of somebody's own. */
  like?: string
  /** How much that picture counts beside the words; left out: as much as they. Negative: not like it. */
  like_weight?: number
  /** One's own folder, by its path. */
  folder?: string
  /** Somebody else's, by its id. */
  folder_id?: string
  tag?: string
  photo?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** What `POST /api/search/pictures` answers; the server's own limit, and less than any vector takes. */
const HANDLE = /^[\w-]{64,12000}$/
/** As many characters as the server takes in an address. */
export const MAX_QUERY = 1000
/** As much as the server lets one picture count. */
const MAX_WEIGHT = 10

/** The beginning of a text, in characters as people and the server count them: no emoji is cut in two. */
export function firstCharacters(words: string, most: number): string {
  if (words.length <= most) return words
  let end = 0
  for (let count = 0; end < words.length && count < most; count += 1)
    end += (words.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return words.slice(0, end)
}

function text(value: unknown, max: number): string | undefined {
  // The router reads ?q=2024 as a number.
  const words =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : ''
  return words === '' ? undefined : firstCharacters(words, max).trim()
}

function uuid(value: unknown): string | undefined {
  return typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined
}

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

/** Reads an address that anybody may have typed: what makes no sense is left out. */
export function readLibrarySearch(raw: Record<string, unknown>): LibrarySearch {
  const q = text(raw['q'], MAX_QUERY)
  const folder = text(raw['folder'], 1000)
  const like = picture(raw['like'])
  const members: { [K in keyof LibrarySearch]-?: LibrarySearch[K] | undefined } = {
    q,
    like,
    like_weight: like === undefined ? undefined : weight(raw['like_weight']),
    folder,
    folder_id: folder === undefined ? uuid(raw['folder_id']) : undefined,
    tag: text(raw['tag'], 200),
    photo: uuid(raw['photo']),
  }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** Whether something is looked for, rather than the library browsed. */
export function isSearching(search: LibrarySearch): boolean {
  return search.q !== undefined || search.like !== undefined
}

/** The same place with these words in the box; an open picture is closed. */
export function withQuery(search: LibrarySearch, words: string): LibrarySearch {
  return readLibrarySearch({ ...search, photo: undefined, q: words })
}

/** The same place with a picture to be like, or without any. */
export function withLike(search: LibrarySearch, like: string | undefined, weighs?: number): LibrarySearch {
  return readLibrarySearch({ ...search, photo: undefined, like, like_weight: weighs })
}

/** The same place without one of its parts. */
export function without(search: LibrarySearch, part: keyof LibrarySearch): LibrarySearch {
  return Object.fromEntries(Object.entries(search).filter(([name]) => name !== part))
}
