import { expect, it } from 'vitest'
import type { Month } from '@/lib/timeline/decode'
import { timelineSections } from './timeline-sections'

const words = { today: 'Today', yesterday: 'Yesterday', undated: 'Without a date', locale: 'en-GB' }
const now = new Date(2024, 4, 12, 9)
const months: Month[] = [
  { key: '2024-05', start: 0, count: 6, days: [12, 3, 11, 1, 2, 2] },
  { key: '2023-12', start: 6, count: 4, days: [31, 4] },
  { key: 'undated', start: 10, count: 2, days: [] },
]

it('makes a section of each day and a group of each month', () => {
  const sections = timelineSections(months, words, now)
  expect(sections.map(({ key, start, count, group }) => [key, start, count, group])).toEqual([
    ['2024-05-12', 0, 3, 'May 2024'],
    ['2024-05-11', 3, 1, undefined],
    ['2024-05-02', 4, 2, undefined],
    ['2023-12-31', 6, 4, 'December 2023'],
    ['undated', 10, 2, 'Without a date'],
  ])
  expect(sections.map(({ label }) => label(false))).toEqual([
    'Today',
    'Yesterday',
    'Thursday 2 May',
    'Sunday 31 December',
    'Without a date',
  ])
  expect(sections[2]?.label(true)).toBe('Thu 2')
})

it('makes none of nothing', () => {
  expect(timelineSections([], words, now)).toEqual([])
})
