import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, unwrap } from '@/api/client'
import type { Suggestion } from '@/api/types'
import { MAX_QUERY } from '@/lib/library-search'
import { keys } from '@/lib/query'
import { accepted, charactersAt } from '@/lib/query-edit'
import { firstCharacters } from '@/lib/reading'

const PAUSE_MS = 90
const STILL_COUNTING_MS = 1_500
const MOST = 8

/** A suggestion, and what is in the box once it is chosen. */
export type Offer = Suggestion & { after: { text: string; at: number } }

/** Whether it stands for all that is in the box. */
export const isWhole = ({ kind }: Suggestion): boolean => kind === 'recent' || kind === 'saved'

/** How what is being written may go on. Those for a moment ago stay until the new ones are there. */
export function useSuggestions(text: string, cursor: number, isWanted: boolean): readonly Offer[] {
  const at = charactersAt(text, cursor)
  const [asked, setAsked] = useState({ q: text, at })
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ q: text, at }), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, at])
  const isTooLong = firstCharacters(asked.q, MAX_QUERY) !== asked.q
  const { data } = useQuery({
    queryKey: keys.suggestions(asked),
    queryFn: async ({ signal }) => {
      const answer = await unwrap(api.GET('/api/suggestions', { params: { query: { ...asked, limit: MOST } }, signal }))
      return { ...answer, q: asked.q }
    },
    enabled: isWanted && !isTooLong,
    placeholderData: keepPreviousData,
    staleTime: 5_000,
    refetchInterval: (query) => (query.state.data?.complete === false ? STILL_COUNTING_MS : false),
    retry: false,
  })
  if (!isWanted || !data) return []
  const isOfNow = data.q === text
  if (!isOfNow && (data.q === '' || text === '' || !(text.startsWith(data.q) || data.q.startsWith(text)))) return []
  return data.items
    .map((item): Offer => {
      const end = isOfNow ? item.end : isWhole(item) ? Array.from(text).length : Math.max(item.start, at)
      return { ...item, after: accepted(text, { ...item, end }) }
    })
    .filter(({ after }) => after.text.trim() !== text.trim())
}
