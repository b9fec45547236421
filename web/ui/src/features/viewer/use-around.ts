import { useQueries } from '@tanstack/react-query'
import { useEffect } from 'react'
import { codeOf } from '@/api/errors'
import type { Asset } from '@/api/types'
import { isWhole, type Sequence } from '@/components/photo-grid/source'
import { assetById } from '@/lib/assets'

/** The open picture, those beside it, and one further on both sides, so that going on is at once. */
const STEPS = [0, 1, -1, 2, -2] as const
/** How much of the order is asked for on either side. */
const REACH = 20

export type Around = {
  /** Where it is in the order; -1 where that is not known. */
  index: number
  current: Asset | undefined
  previous: Asset | undefined
  next: Asset | undefined
  beyond: readonly (Asset | undefined)[]
  error: Error | null
  retry: () => void
}

/** Of two looks at the same picture the later one. */
function later(listed: Asset | undefined, fetched: Asset | undefined): Asset | undefined {
  if (!listed || !fetched) return fetched ?? listed
  return fetched.revision >= listed.revision ? fetched : listed
}

/** Everything about a picture and its neighbours in the order, also of those that no list has fetched. */
export function useAround(sequence: Sequence, id: string): Around {
  const index = sequence.indexOf(id)
  const items = STEPS.map((step) => (index < 0 || index + step < 0 ? null : sequence.item(index + step)))
  const ids = items.map((item, i) => item?.id ?? (STEPS[i] === 0 ? id : null))
  const fetched = useQueries({
    queries: ids.map((each, i) => {
      const item = items[i]
      // The open one is always asked for: it may be gone, or others may have changed it.
      return { ...assetById(each ?? ''), enabled: each !== null && (STEPS[i] === 0 || !(item && isWhole(item))) }
    }),
  })
  const [known, next, previous, ...beyond] = items.map((item, i) =>
    later(item && isWhole(item) ? item : undefined, fetched[i]?.data),
  )
  const open = fetched[0]
  const error = open?.error ?? null
  const current = codeOf(error) === 'not_found' ? undefined : known
  const { want, find } = sequence
  useEffect(() => {
    if (index < 0) return
    want(Math.max(0, index - REACH), index + REACH + 1, 'viewer')
    return () => want(0, 0, 'viewer')
  }, [want, index])
  useEffect(() => {
    if (index < 0 && current) find?.(current)
  }, [find, index, current])
  return { index, current, previous, next, beyond, error, retry: () => void open?.refetch() }
}
