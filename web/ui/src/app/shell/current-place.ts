import type { LibrarySearch } from '@/lib/library-search'

/** Where a place of the navigation leads: an address, and what the library is asked for there. */
export type Address = { to: string; search?: LibrarySearch }

const isAsked = (asked: LibrarySearch, shown: LibrarySearch): boolean =>
  Object.entries(asked).every(([name, value]) => shown[name as keyof LibrarySearch] === value)

/** The screen that an address belongs to: what is narrowed to a folder or a tag is part of all folders or tags. */
function screenOf(path: string, search: LibrarySearch): string {
  if (path !== '/' || search.q !== undefined || search.like !== undefined) return path
  if (search.folder !== undefined || search.folder_id !== undefined) return '/folders'
  return search.tag === undefined ? path : '/tags'
}

/** Which of the places one is at, or null: the one that says most about the address. */
export function currentPlace<P extends Address>(places: readonly P[], path: string, search: LibrarySearch): P | null {
  const screen = screenOf(path, search)
  const at = (place: P): boolean => screen === place.to || (place.to !== '/' && screen.startsWith(`${place.to}/`))
  const saysMore = (a: P, b: P): number =>
    b.to.length - a.to.length || Object.keys(b.search ?? {}).length - Object.keys(a.search ?? {}).length
  return places.filter((place) => at(place) && isAsked(place.search ?? {}, search)).sort(saysMore)[0] ?? null
}
