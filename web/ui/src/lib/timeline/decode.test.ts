import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cssColor, monthAt, readLayout, revisionOf, withoutItem, type Month } from './decode'

/** An answer as the server writes it. */
function packed(months: { k: string; c: number; d?: number[] }[], ratios: number[], colors: number[]): ArrayBuffer {
  const n = ratios.length
  let text = JSON.stringify({ rev: '7', n, buckets: months })
  while (text.length % 4 > 0) text += ' '
  const bytes = new Uint8Array(4 + text.length + n + (n % 2) + 2 * n)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, text.length, true)
  bytes.set(new TextEncoder().encode(text), 4)
  bytes.set(ratios, 4 + text.length)
  colors.forEach((color, i) => view.setUint16(4 + text.length + n + (n % 2) + 2 * i, color, true))
  return bytes.buffer
}

const sum = (days: readonly number[]) => days.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0)

it('reads what the server wrote, an odd number of pictures too', () => {
  const data = packed(
    [
      { k: '2026-01', c: 2, d: [31, 1, 2, 1] },
      { k: 'undated', c: 1 },
    ],
    [128, 176, 80],
    [0xf800, 0x07e0, 0x001f],
  )
  const layout = readLayout(data)
  expect([revisionOf(data), layout.rev, layout.count]).toEqual(['7', '7', 3])
  expect([...layout.ratios].map((ratio) => ratio.toFixed(2))).toEqual(['1.00', '2.00', '0.50'])
  expect([...layout.colors].map(cssColor)).toEqual(['rgb(255 0 0)', 'rgb(0 255 0)', 'rgb(0 0 255)'])
  expect(layout.months).toEqual([
    { key: '2026-01', start: 0, count: 2, days: [31, 1, 2, 1] },
    { key: 'undated', start: 2, count: 1, days: [] },
  ])
})

it('finds the month of every picture, and takes any one out', () => {
  const months = fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(months, fc.nat(), (all, which) => {
      const buckets = all.map((counts, i) => ({
        k: `2026-${String(12 - i).padStart(2, '0')}`,
        c: counts.reduce((a, b) => a + b, 0),
        d: counts.flatMap((count, day) => [28 - day, count]),
      }))
      const n = buckets.reduce((a, { c }) => a + c, 0)
      const numbers = Array.from({ length: n }, (_, i) => i % 256)
      const layout = readLayout(packed(buckets, numbers, numbers))
      layout.months.forEach(({ start, count }, m) => {
        for (let i = start; i < start + count; i++) expect(monthAt(layout.months, i)).toBe(m)
      })
      const index = which % n
      const less = withoutItem(layout, index)
      expect([...less.colors]).toEqual(numbers.filter((_, i) => i !== index))
      let start = 0
      for (const month of less.months) {
        expect(month.start).toBe(start)
        expect(sum(month.days)).toBe(month.count)
        expect(month.count).toBeGreaterThan(0)
        start += month.count
      }
      expect([less.count, start]).toEqual([n - 1, n - 1])
    }),
  )
})

it('finds a month among none', () => {
  const none: Month[] = []
  expect(monthAt(none, 0)).toBe(0)
})
