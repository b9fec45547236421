import type { SavedSearch } from '@/api/types'
import { filtersOf, readFilters } from '@/lib/library-filters'
import { readLibrarySearch, type LibrarySearch } from '@/lib/library-search'
import { writePart, type FilterName } from '@/lib/query-text'
import { listed } from '@/lib/reading'

type Narrowing = SavedSearch['narrowing']

/** A filter as it is written in the box, where a value is there. */
function clause(name: FilterName, value: string | number | null | undefined, unit = ''): string[] {
  if (value === null || value === undefined) return []
  return [writePart({ kind: 'filter', name, values: [`${value}${unit}`], negated: false })]
}

function tags(value: string | null | undefined, negated: boolean): string[] {
  const values = listed(value ?? undefined)
  return values.length === 0 ? [] : [writePart({ kind: 'filter', name: 'tag', values, negated })]
}

/** What a search is narrowed to and the address has no member for, as it is written in the box. */
function written(kept: Narrowing): string[] {
  const uploaded = kept.uploaded_from ?? kept.uploaded_to ?? null
  return [
    ...clause('album', kept.album ?? kept.album_called),
    ...clause('folder', kept.folder_called),
    ...tags(kept.any_tag, false),
    ...tags(kept.no_tag, true),
    ...clause('camera', kept.camera_like),
    ...clause('lens', kept.lens_like),
    ...clause('name', kept.name_like),
    ...clause('uploaded', uploaded && `${kept.uploaded_from ?? ''}..${kept.uploaded_to ?? ''}`),
    ...clause('larger', kept.min_pixels, 'px'),
    ...clause('smaller', kept.max_pixels, 'px'),
    ...clause('expires', kept.expires_before),
    ...clause('expires', kept.expires_within, 'd'),
    ...(kept.q ? [kept.q] : []),
  ]
}

/** The place in the library that shows what a kept search finds. */
export function addressOf({ q, narrowing }: Pick<SavedSearch, 'q' | 'narrowing'>): LibrarySearch {
  const words = [...(q ? [q] : []), ...written(narrowing)].join(' ')
  return readLibrarySearch({ ...readFilters(narrowing), q: words })
}

const essence = (search: LibrarySearch): string =>
  JSON.stringify([search.q, ...Object.entries(filtersOf(search)).sort(([a], [b]) => (a < b ? -1 : 1))])

/** Whether two places ask for the same. */
export const asksTheSame = (one: LibrarySearch, other: LibrarySearch): boolean => essence(one) === essence(other)

/** Whether there is anything to keep: words or filters; a picture to be like can't be kept. */
export const canKeep = (search: LibrarySearch): boolean =>
  search.q !== undefined || Object.keys(filtersOf(search)).length > 0
