import { expect, it } from 'vitest'
import type { Asset } from '@/api/types'
import { daySections } from './day-sections'

const now = new Date(2026, 10, 23, 12)
const added = (...at: [number, number, number, number][]): Asset[] =>
  at.map(([year, month, day, hour]) => ({ uploaded_at: new Date(year, month, day, hour).toISOString() }) as Asset)
const words = { today: 'Today', yesterday: 'Yesterday', locale: 'en-GB' }

it('heads each day once, with words people use for it', () => {
  const assets = added([2026, 10, 23, 11], [2026, 10, 23, 1], [2026, 10, 22, 23], [2026, 2, 5, 8], [2025, 10, 23, 8])
  expect(daySections(assets, words, now).map(({ start, count, label }) => [start, count, label])).toEqual([
    [0, 2, 'Today'],
    [2, 1, 'Yesterday'],
    [3, 1, expect.stringMatching(/^Thursday,? 5 March$/)],
    [4, 1, '23 November 2025'],
  ])
})

it('has no heading for an empty library', () => {
  expect(daySections([], words, now)).toEqual([])
})
