import { useEffect, useEffectEvent, useState } from 'react'
import { readLibrarySearch, withQuery, type LibrarySearch } from '@/lib/library-search'

const TYPING_PAUSE_MS = 350

/** Goes to another place; `replace` leaves no step to go back to. */
export type OnSearch = (search: LibrarySearch, how: { replace?: boolean }) => void

type Draft = {
  text: string
  /** What the address was asked to say last, and what it said when that was looked at last. */
  sent: string
  seen: string
  /** Typed, and not sent yet. */
  isPending: boolean
  /** Whether the person is done with it: pressed Enter, chose, came from elsewhere. */
  isDone: boolean
}

export type DraftText = {
  text: string
  isDone: boolean
  /** Shows a text; it is searched for once the person pauses. */
  type: (text: string) => void
  /** Searches for a text now, as a step that one can go back from. */
  commit: (text: string) => void
}

/** The words that a text leaves in the address. */
const wordsOf = (text: string): string => readLibrarySearch({ q: text }).q ?? ''

/** What is written in the box: ahead of the address while typing, and following it when one goes back. */
export function useDraft(search: LibrarySearch, onSearch: OnSearch): DraftText {
  const query = search.q ?? ''
  const [draft, setDraft] = useState<Draft>({ text: query, sent: query, seen: query, isPending: false, isDone: true })
  // The address changed: by our own wish, then the text goes on as it is, or by going back, then it follows.
  if (draft.seen !== query)
    setDraft(
      query === draft.sent
        ? { ...draft, seen: query }
        : { text: query, sent: query, seen: query, isPending: false, isDone: true },
    )
  const { text, isPending, isDone } = draft

  const send = (words: string, committed: boolean) => {
    setDraft((now) => ({
      ...now,
      text: words,
      sent: wordsOf(words),
      isPending: false,
      isDone: committed || now.isDone,
    }))
    const next = withQuery(search, words)
    if (next.q === search.q && search.photo === undefined) return
    onSearch(next, { replace: search.q !== undefined && !committed })
  }
  const sendTyped = useEffectEvent(() => send(text, false))
  useEffect(() => {
    if (!isPending) return
    const timer = setTimeout(sendTyped, TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [isPending, text])
  return {
    text,
    isDone,
    type: (words) => setDraft((now) => ({ ...now, text: words, isPending: true, isDone: false })),
    commit: (words) => send(words, true),
  }
}
