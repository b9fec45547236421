/** What the address of the library says: a query or a picture to be like, filters, and the picture that is open. */
export type LibrarySearch = {
  q?: string
  like?: string
  /** One's own folder, by its path. */
  folder?: string
  /** Somebody else's, by its id. */
  folder_id?: string
  tag?: string
  photo?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** As long as the server takes. */
const MAX_QUERY = 500

function text(value: unknown, max: number): string | undefined {
  // The router reads ?q=2024 as a number.
  const words =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : ''
  return words === '' ? undefined : words.slice(0, max)
}

function uuid(value: unknown): string | undefined {
  return typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined
}

/** Reads an address that anybody may have typed: what makes no sense is left out; words win over a picture to be like. */
export function readLibrarySearch(raw: Record<string, unknown>): LibrarySearch {
  const q = text(raw['q'], MAX_QUERY)
  const folder = text(raw['folder'], 1000)
  const members: Record<keyof LibrarySearch, string | undefined> = {
    q,
    like: q === undefined ? uuid(raw['like']) : undefined,
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

/** The same place with these words in the box; words replace a picture to be like, and close an open one. */
export function withQuery(search: LibrarySearch, words: string): LibrarySearch {
  return readLibrarySearch({ folder: search.folder, folder_id: search.folder_id, tag: search.tag, q: words })
}

/** The same place without one of its parts. */
export function without(search: LibrarySearch, part: keyof LibrarySearch): LibrarySearch {
  return Object.fromEntries(Object.entries(search).filter(([name]) => name !== part))
}
