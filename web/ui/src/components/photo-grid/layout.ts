/**
 * Justified rows: every picture whole, every full row exactly as wide as the grid, all pixels whole numbers.
 *
 * The layout of a prefix never depends on what follows it, except for its last row: pages that arrive later
 * append rows and move none. Typed arrays, no object per picture, so that 500,000 pictures cost a few megabytes.
 */

/** A run of pictures under one heading. Sections are contiguous and cover all pictures in order. */
export type Section = { start: number; count: number }

export type LayoutOptions = {
  /** Width of the grid in CSS pixels. */
  width: number
  /** Wanted row height; rows come out between about 0.7 and 1.45 of it. */
  target: number
  /** Space between pictures and between rows. */
  gap: number
  /** Height of a section's heading; 0 for no headings. */
  heading: number
  /** False while more pictures are to come: a last row that is not full is held back, so that nothing moves later. */
  complete: boolean
}

export type GridLayout = {
  rows: number
  /** Top of each row in pixels. */
  top: Float64Array
  height: Float64Array
  /** First picture of each row; a heading row has -1 - its section. */
  first: Int32Array
  /** One past the last picture of each row; a heading row has the start of its section. */
  end: Int32Array
  /** Height of the whole grid in pixels. */
  total: number
}

/** Wider than a panorama or taller than a long screenshot is cropped in the grid; the viewer shows it whole. */
const RATIO_RANGE = [0.45, 3.2] as const
const MAX_STRETCH = 1.45

/** Width divided by height as the grid shows it. */
export function gridRatio(width: number, height: number): number {
  const ratio = width > 0 && height > 0 ? width / height : 1
  return Math.min(RATIO_RANGE[1], Math.max(RATIO_RANGE[0], ratio))
}

type Rows = { top: number[]; height: number[]; first: number[]; end: number[]; y: number }

function push(rows: Rows, height: number, first: number, end: number): void {
  rows.top.push(rows.y)
  rows.height.push(height)
  rows.first.push(first)
  rows.end.push(end)
  rows.y += height
}

/** The next row from `start`: one past its last picture, and its height; `full` is false if it does not fill the width. */
function nextRow(
  ratios: ArrayLike<number>,
  start: number,
  end: number,
  o: LayoutOptions,
): { end: number; height: number; full: boolean } {
  let sum = 0
  for (let i = start; i < end; i++) {
    const before = sum
    sum += ratios[i] ?? 1
    const height = (o.width - o.gap * (i - start)) / sum
    if (height > o.target) continue
    // Take this picture in, or leave it to the next row: whichever comes nearer to the wanted height.
    const without = i > start ? (o.width - o.gap * (i - start - 1)) / before : Infinity
    if (without - o.target < o.target - height && without < o.target * MAX_STRETCH)
      return { end: i, height: Math.round(without), full: true }
    return { end: i + 1, height: Math.max(1, Math.round(height)), full: true }
  }
  return { end, height: o.target, full: false }
}

export function layoutRows(
  ratios: ArrayLike<number>,
  sections: readonly Section[],
  options: LayoutOptions,
): GridLayout {
  const rows: Rows = { top: [], height: [], first: [], end: [], y: 0 }
  sections.forEach((section, index) => {
    const sectionEnd = section.start + section.count
    const isLast = index === sections.length - 1
    if (options.heading > 0) push(rows, options.heading, -1 - index, section.start)
    for (let i = section.start; i < sectionEnd;) {
      const row = nextRow(ratios, i, sectionEnd, options)
      if (!row.full && isLast && !options.complete) break
      push(rows, row.height, i, row.end)
      rows.y += options.gap
      i = row.end
    }
  })
  return {
    rows: rows.top.length,
    top: Float64Array.from(rows.top),
    height: Float64Array.from(rows.height),
    first: Int32Array.from(rows.first),
    end: Int32Array.from(rows.end),
    total: rows.y,
  }
}

export type Cell = { index: number; x: number; width: number }

/** The pictures of one row with whole-pixel edges; a full row ends exactly at `width`. */
export function rowCells(layout: GridLayout, row: number, ratios: ArrayLike<number>, options: LayoutOptions): Cell[] {
  const first = layout.first[row] ?? -1
  const end = layout.end[row] ?? 0
  const height = layout.height[row] ?? 0
  if (first < 0) return []
  const gaps = options.gap * (end - first - 1)
  let sum = 0
  for (let i = first; i < end; i++) sum += ratios[i] ?? 1
  // The height was rounded to whole pixels; the widths of a full row share what that left over.
  const natural = sum * height + gaps
  const isFull = Math.abs(natural - options.width) <= sum + 1
  const scale = isFull ? (options.width - gaps) / sum : height
  const cells: Cell[] = []
  let edge = 0
  for (let i = first; i < end; i++) {
    const x = Math.round(edge)
    edge += (ratios[i] ?? 1) * scale
    cells.push({ index: i, x, width: Math.max(1, Math.round(edge) - x) })
    edge += options.gap
  }
  return cells
}

/** The last row whose top is at or above `y`; 0 for an empty layout. */
export function rowAt(layout: GridLayout, y: number): number {
  let low = 0
  let high = layout.rows - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((layout.top[middle] ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}

/** The row that holds a picture, or -1 while it is held back. */
export function rowOf(layout: GridLayout, index: number): number {
  let low = 0
  let high = layout.rows - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const first = layout.first[middle] ?? 0
    const end = layout.end[middle] ?? 0
    if (first < 0 ? index >= end : index >= end) low = middle + 1
    else if (first < 0 || index < first) high = middle - 1
    else return middle
  }
  return -1
}

/** The picture of the next row above (-1) or below (+1) that lies nearest to this one's middle; itself at the edge. */
export function neighbour(
  layout: GridLayout,
  index: number,
  step: -1 | 1,
  ratios: ArrayLike<number>,
  options: LayoutOptions,
): number {
  const row = rowOf(layout, index)
  const here = rowCells(layout, row, ratios, options).find((cell) => cell.index === index)
  let other = row + step
  while (other >= 0 && other < layout.rows && (layout.first[other] ?? 0) < 0) other += step
  if (!here || other < 0 || other >= layout.rows) return index
  const middle = here.x + here.width / 2
  const distance = (cell: Cell): number => Math.abs(cell.x + cell.width / 2 - middle)
  return rowCells(layout, other, ratios, options).reduce((best, cell) =>
    distance(cell) < distance(best) ? cell : best,
  ).index
}
