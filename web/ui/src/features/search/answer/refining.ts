import { useState } from 'react'
import { changed, MAX_MARKS, marksOf, withMark, type LibrarySearch } from '@/lib/library-search'
import type { SearchPageProps } from '../place'

export type Mark = 'right' | 'wrong'

/** Pictures marked as meant or not meant: at once, or some first and then asked with. */
export type Refining = {
  marks: ReadonlyMap<string, Mark>
  /** How many the search on show was asked with. */
  asked: number
  isMarking: boolean
  start: () => void
  mark: (id: string, mark: Mark | null) => void
  /** Searches again with what was marked. */
  apply: () => void
  /** Ends marking; what was not asked with is forgotten. */
  cancel: () => void
  clear: () => void
}

export function useRefining(search: LibrarySearch, onSearch: SearchPageProps['onSearch']): Refining {
  const [draft, setDraft] = useState<{ of: string; search: LibrarySearch } | null>(null)
  const of = JSON.stringify([search.q, search.like])
  // What was marked belongs to what was looked for then.
  const current = draft?.of === of ? draft.search : null
  const marks = marksOf(current ?? search)
  return {
    marks,
    asked: marksOf(search).size,
    isMarking: current !== null,
    start: () => setDraft({ of, search }),
    mark: (id, mark) => {
      if (mark !== null && !marks.has(id) && marks.size >= MAX_MARKS) return
      const next = withMark(current ?? search, id, mark)
      if (current) setDraft({ of, search: next })
      else onSearch(next, {})
    },
    apply: () => {
      setDraft(null)
      if (current) onSearch(changed(search, { right: current.right, wrong: current.wrong }), {})
    },
    cancel: () => setDraft(null),
    clear: () => onSearch(changed(search, { right: undefined, wrong: undefined }), {}),
  }
}
