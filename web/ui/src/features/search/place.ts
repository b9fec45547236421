import type { ReactNode } from 'react'
import type { LibrarySearch } from '@/lib/library-search'
import type { Library } from './use-library'

export type SearchPageProps = {
  search: LibrarySearch
  /** Goes to another place; `replace` leaves no step to go back to, `keepPlace` keeps the scroll position. */
  onSearch: (search: LibrarySearch, how: { replace?: boolean; keepPlace?: boolean }) => void
  hrefOf: (search: LibrarySearch) => string
  /** What else can be done with a search, at the end of the box. */
  boxActions?: ReactNode
  /** What an empty library offers; null to whoever may not add. */
  addActions: ReactNode
  /** Moves the focus to a picture, each time the object changes. */
  focusOn: { id: string } | null
  /** The open picture above the grid, if any. */
  children: (library: Library) => ReactNode
}
