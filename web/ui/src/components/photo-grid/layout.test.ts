import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridRatio, layoutRows, neighbour, rowAt, rowCells, rowOf, type LayoutOptions, type Section } from './layout'

const ratios = fc.array(fc.double({ min: 0.45, max: 3.2, noNaN: true }), { minLength: 1, maxLength: 300 })
const options = fc.record({
  width: fc.integer({ min: 300, max: 3000 }),
  target: fc.integer({ min: 90, max: 280 }),
  gap: fc.constantFrom(0, 2, 4),
  heading: fc.constantFrom(0, 52),
  complete: fc.constant(true),
})
/** Cuts n pictures into sections of at least one. */
const sectionsOf = (n: number, cuts: number[]): Section[] => {
  const edges = [...new Set([0, ...cuts.map((cut) => cut % n), n])].sort((a, b) => a - b)
  return edges.slice(0, -1).map((start, i) => ({ start, count: edges[i + 1]! - start }))
}
const whole = (n: number): Section[] => [{ start: 0, count: n }]
const pictureRows = (layout: ReturnType<typeof layoutRows>): number[] =>
  Array.from({ length: layout.rows }, (_, row) => row).filter((row) => layout.first[row]! >= 0)

describe('justified rows', () => {
  it('hold every picture once, in order', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 5 }), (r, o, cuts) => {
        const layout = layoutRows(r, sectionsOf(r.length, cuts), o)
        const seen = pictureRows(layout).flatMap((row) => rowCells(layout, row, r, o).map((cell) => cell.index))
        expect(seen).toEqual(r.map((_, i) => i))
      }),
    )
  })

  it('never overlap, neither across nor down', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 5 }), (r, o, cuts) => {
        const layout = layoutRows(r, sectionsOf(r.length, cuts), o)
        for (let row = 0; row < layout.rows; row++) {
          if (row > 0) expect(layout.top[row]).toBeGreaterThanOrEqual(layout.top[row - 1]! + layout.height[row - 1]!)
          let edge = 0
          for (const cell of rowCells(layout, row, r, o)) {
            expect(cell.x).toBeGreaterThanOrEqual(edge)
            edge = cell.x + cell.width + o.gap
          }
          expect(edge - o.gap).toBeLessThanOrEqual(o.width)
        }
      }),
    )
  })

  it('fill the width to the pixel, except the last of a section', () => {
    fc.assert(
      fc.property(ratios, options, (r, o) => {
        const layout = layoutRows(r, whole(r.length), o)
        for (const row of pictureRows(layout).slice(0, -1)) {
          const last = rowCells(layout, row, r, o).at(-1)!
          expect(last.x + last.width).toBe(o.width)
        }
      }),
    )
  })

  it('have exact whole heights that add up to the total', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 5 }), (r, o, cuts) => {
        const layout = layoutRows(r, sectionsOf(r.length, cuts), o)
        const heights = [...layout.height]
        expect(heights.every((height) => Number.isInteger(height) && height > 0)).toBe(true)
        expect(layout.total).toBe(heights.reduce((a, b) => a + b, 0) + o.gap * pictureRows(layout).length)
      }),
    )
  })

  it('do not move when more pictures arrive', () => {
    fc.assert(
      fc.property(ratios, ratios, options, (r, more, o) => {
        const open: LayoutOptions = { ...o, complete: false }
        const before = layoutRows(r, whole(r.length), open)
        const after = layoutRows([...r, ...more], whole(r.length + more.length), open)
        expect(after.rows).toBeGreaterThanOrEqual(before.rows)
        for (const part of ['top', 'height', 'first', 'end'] as const)
          expect([...after[part].slice(0, before.rows)]).toEqual([...before[part]])
      }),
    )
  })

  it('are found again by place and by picture', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 5 }), (r, o, cuts) => {
        const layout = layoutRows(r, sectionsOf(r.length, cuts), o)
        for (const row of pictureRows(layout)) {
          expect(rowAt(layout, layout.top[row]! + 1)).toBe(row)
          for (let i = layout.first[row]!; i < layout.end[row]!; i++) expect(rowOf(layout, i)).toBe(row)
        }
        expect(rowOf(layout, r.length)).toBe(-1)
      }),
    )
  })
})

describe('moving up and down', () => {
  it('lands one row further, and stays at the edges', () => {
    fc.assert(
      fc.property(ratios, options, (r, o) => {
        const layout = layoutRows(r, whole(r.length), o)
        const rows = pictureRows(layout)
        for (let i = 0; i < r.length; i++) {
          const place = rows.indexOf(rowOf(layout, i))
          const below = rows.indexOf(rowOf(layout, neighbour(layout, i, 1, r, o)))
          const above = rows.indexOf(rowOf(layout, neighbour(layout, i, -1, r, o)))
          expect(below).toBe(Math.min(rows.length - 1, place + 1))
          expect(above).toBe(Math.max(0, place - 1))
        }
      }),
      { numRuns: 30 },
    )
  })
})

it('crops only extreme shapes in the grid', () => {
  expect(gridRatio(4000, 3000)).toBeCloseTo(4 / 3)
  expect(gridRatio(12000, 1000)).toBe(3.2)
  expect(gridRatio(100, 4000)).toBe(0.45)
  expect(gridRatio(0, 0)).toBe(1)
})
