import { compact } from '@/api/client'
import type { Narrowing } from '@/api/types'
import { filtersOf } from '@/lib/library-filters'
import type { LibrarySearch } from '@/lib/library-search'

/** Filters alone, as `tag:"old town" -is:favourite`. */
const FILTERS = /^(\s*-?[a-z]+:("[^"]*"|[^\s"]+))+\s*$/i

/** What finds all that the library shows there; null where words or a picture are looked for, which no filter is. */
export function filterOf(search: LibrarySearch): Narrowing | null {
  const { q, like } = search
  if (like !== undefined || (q !== undefined && !FILTERS.test(q))) return null
  return compact({ q, ...filtersOf(search) })
}
