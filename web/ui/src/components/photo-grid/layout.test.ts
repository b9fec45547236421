import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridRatio, layoutRows, neighbour, rowAt, rowCells, rowOf, type LayoutOptions, type Section } from './layout'

const ratios = fc.array(fc.double({ min: 0.45, max: 3.2, noNaN: true }), { minLength: 1, maxLength: 300 })
const options = fc
  .record({
    width: fc.integer({ min: 300, max: 3000 }),
    target: fc.integer({ min: 90, max: 280 }),
    gap: fc.constantFrom(0, 2, 4),
    heading: fc.constantFrom(0, 52),
    group: fc.constantFrom(0, 64),
    pack: fc.constantFrom(undefined, 10, 20),
    complete: fc.constant(true),
  })
  .map(({ pack, ...others }): LayoutOptions => (pack === undefined ? others : { ...others, pack }))
/** Cuts n pictures into sections of at least one. */
const sectionsOf = (n: number, cuts: number[]): Section[] => {
  const edges = [...new Set([0, ...cuts.map((cut) => cut % n), n])].sort((a, b) => a - b)
  return edges.slice(0, -1).map((start, i) => ({ start, count: edges[i + 1]! - start, opens: i % 4 === 0 }))
}
const whole = (n: number): Section[] => [{ start: 0, count: n }]
const pictureRows = (layout: ReturnType<typeof layoutRows>): number[] =>
  Array.from({ length: layout.rows }, (_, row) => row).filter((row) => layout.first[row]! >= 0)

describe('justified rows', () => {
  it('hold every picture once, in order', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
        const layout = layoutRows(r, sectionsOf(r.length, cuts), o)
        const seen = pictureRows(layout).flatMap((row) => rowCells(layout, row, r, o).map((cell) => cell.index))
        expect(seen).toEqual(r.map((_, i) => i))
      }),
    )
  })

  it('never overlap, neither across nor down', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
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
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
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
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
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

describe('sections of a timeline', () => {
  it('stand below their headings, each group below its own', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
        const sections = sectionsOf(r.length, cuts)
        const layout = layoutRows(r, sections, o)
        const groups = [...layout.isGroup].filter((is) => is === 1).length
        expect(groups).toBe((o.group ?? 0) > 0 ? sections.filter(({ opens }) => opens).length : 0)
        for (const row of pictureRows(layout)) {
          const first = layout.section[row]!
          const isFirstRow = layout.first[row] === sections[first]!.start
          if (o.heading > 0 && isFirstRow) {
            expect(layout.first[row - 1]).toBe(-1 - first)
            expect(layout.height[row - 1]).toBe(o.heading)
          }
        }
      }),
    )
  })

  it('share a row only whole, only within their group, and only with the space between them', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
        const sections = sectionsOf(r.length, cuts)
        const layout = layoutRows(r, sections, o)
        for (const row of pictureRows(layout)) {
          const inside = sections.filter(
            ({ start, count }) => start < layout.end[row]! && start + count > layout.first[row]!,
          )
          if (inside.length === 1) continue
          expect(o.pack).toBeDefined()
          expect(layout.first[row]).toBe(inside[0]!.start)
          expect(layout.end[row]).toBe(inside.at(-1)!.start + inside.at(-1)!.count)
          expect(inside.slice(1).some(({ opens }) => opens)).toBe(false)
          const cells = rowCells(layout, row, r, o)
          for (const { start } of inside.slice(1)) {
            const at = start - layout.first[row]!
            const space = cells[at]!.x - cells[at - 1]!.x - cells[at - 1]!.width
            expect(Math.abs(space - (o.pack ?? 0))).toBeLessThanOrEqual(1)
          }
        }
      }),
    )
  })

  it('leave no gap in a row but those that belong there', () => {
    fc.assert(
      fc.property(ratios, options, fc.array(fc.nat(), { maxLength: 40 }), (r, o, cuts) => {
        const layout = layoutRows(r, sectionsOf(r.length, cuts), o)
        const most = Math.max(o.gap, o.pack ?? 0) + 1
        for (const row of pictureRows(layout)) {
          const cells = rowCells(layout, row, r, o)
          expect(cells[0]!.x).toBe(0)
          cells.slice(1).forEach((cell, i) => expect(cell.x - cells[i]!.x - cells[i]!.width).toBeLessThanOrEqual(most))
        }
      }),
    )
  })

  it('take half a million pictures in a blink', () => {
    const many = Float32Array.from({ length: 500_000 }, (_, i) => 0.6 + ((i * 7) % 13) / 10)
    const days = Array.from({ length: 5_000 }, (_, i) => ({ start: i * 100, count: 100, opens: i % 30 === 0 }))
    const layout = layoutRows(many, days, {
      width: 1140,
      target: 212,
      gap: 4,
      heading: 38,
      group: 64,
      pack: 20,
      complete: true,
    })
    expect(rowOf(layout, 499_999)).toBe(layout.rows - 1)
    expect(rowAt(layout, layout.total)).toBe(layout.rows - 1)
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
