import { useQueries } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Asset } from '@/api/types'
import { isWhole, type Sequence } from '@/components/photo-grid/source'
import { assetById } from '@/lib/assets'

/** The open picture, those beside it, and one further, so that going on is at once. */
const STEPS = [0, 1, -1, 2] as const
/** How much of the order is asked for on either side. */
const REACH = 20

export type Around = {
  current: Asset | undefined
  previous: Asset | undefined
  next: Asset | undefined
  error: Error | null
}

/** Everything about a picture and its neighbours in the order, also of those that no list has fetched. */
export function useAround(sequence: Sequence, id: string): Around {
  const index = sequence.indexOf(id)
  const items = STEPS.map((step) => (index < 0 || index + step < 0 ? null : sequence.item(index + step)))
  const ids = items.map((item, i) => item?.id ?? (STEPS[i] === 0 ? id : null))
  const fetched = useQueries({
    queries: ids.map((each, i) => {
      const item = items[i]
      return { ...assetById(each ?? ''), enabled: each !== null && !(item && isWhole(item)) }
    }),
  })
  const [current, next, previous] = items.map((item, i) => (item && isWhole(item) ? item : fetched[i]?.data))
  const { want, find } = sequence
  useEffect(() => {
    if (index < 0) return
    want(Math.max(0, index - REACH), index + REACH + 1, 'viewer')
    return () => want(0, 0, 'viewer')
  }, [want, index])
  useEffect(() => {
    if (index < 0 && current) find?.(current)
  }, [find, index, current])
  return { current, previous, next, error: fetched[0]?.error ?? null }
}
