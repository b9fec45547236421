/**
 * Justified rows: every picture whole, every full row exactly as wide as the grid, all pixels whole numbers.
 *
 * The layout of a prefix never depends on what follows it, except for its last row: pages that arrive later
 * append rows and move none. Typed arrays, no object per picture, so that 500,000 pictures cost a few megabytes.
 */

/** A run of pictures under one heading. Sections are contiguous and cover all pictures in order. */
export type Section = {
  start: number
  count: number
  /** Begins a group, whose heading stands above that of the section. */
  opens?: boolean
  /** Has no heading of its own. */
  bare?: boolean
}

export type LayoutOptions = {
  /** Width of the grid in CSS pixels. */
  width: number
  /** Wanted row height; rows come out between about 0.7 and 1.45 of it. */
  target: number
  /** Space between pictures and between rows. */
  gap: number
  /** Height of a section's heading; 0 for no headings. */
  heading: number
  /** Height of a group's heading; without it groups have none. */
  group?: number
  /** Sections that fit share a row with this much space between them; without it each begins a row of its own. */
  pack?: number
  /** False while more pictures are to come: a last row that is not full is held back, so that nothing moves later. */
  complete: boolean
}

export type GridLayout = {
  rows: number
  /** Top of each row in pixels. */
  top: Float64Array
  height: Float64Array
  /** First picture of each row; a heading has -1 - its section. */
  first: Int32Array
  /** One past the last picture of each row; a heading row has the start of its section. */
  end: Int32Array
  /** The section of each row, or the first of several that share it. */
  section: Int32Array
  /** 1 for rows that are headings of groups. */
  isGroup: Uint8Array
  /** First picture of each section. */
  starts: Int32Array
  /** Height of the whole grid in pixels. */
  total: number
}

/** Wider than a panorama or taller than a long screenshot is cropped in the grid; the viewer shows it whole. */
const RATIO_RANGE = [0.45, 3.2] as const
const MAX_STRETCH = 1.45
/** A shared row that is nearly full is enlarged to fill the width, but no further than this. */
const MAX_FILL = 1.25

/** Width divided by height as the grid shows it. */
export function gridRatio(width: number, height: number): number {
  const ratio = width > 0 && height > 0 ? width / height : 1
  return Math.min(RATIO_RANGE[1], Math.max(RATIO_RANGE[0], ratio))
}

type Rows = {
  top: number[]
  height: number[]
  first: number[]
  end: number[]
  section: number[]
  isGroup: number[]
  y: number
}

function push(rows: Rows, height: number, first: number, end: number, section: number, isGroup = 0): void {
  rows.top.push(rows.y)
  rows.height.push(height)
  rows.first.push(first)
  rows.end.push(end)
  rows.section.push(section)
  rows.isGroup.push(isGroup)
  rows.y += height
}

/** Sum of the ratios of a section, or Infinity as soon as it can't fit into `room` pixels. */
function sumWithin(ratios: ArrayLike<number>, { start, count }: Section, room: number, o: LayoutOptions): number {
  const most = (room - o.gap * (count - 1)) / o.target
  let sum = 0
  for (let i = start; i < start + count && sum <= most; i++) sum += ratios[i] ?? 1
  return sum <= most ? sum : Infinity
}

/** How many sections from `at` on share one row, and its height; null where the first needs more than a row. */
function sharedRow(
  ratios: ArrayLike<number>,
  sections: readonly Section[],
  at: number,
  o: LayoutOptions,
): { next: number; height: number } | null {
  let sum = 0
  let gaps = 0
  let next = at
  for (; next < sections.length; next++) {
    const section = sections[next]
    if (!section || (next > at && (section.opens === true || section.bare === true))) break
    const space = next > at ? (o.pack ?? 0) : 0
    const more = sumWithin(ratios, section, o.width - sum * o.target - gaps - space, o)
    if (more === Infinity) break
    sum += more
    gaps += space + o.gap * (section.count - 1)
  }
  if (next === at) return null
  const filled = Math.round((o.width - gaps) / sum)
  return { next, height: filled <= o.target * MAX_FILL ? filled : o.target }
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
  const rows: Rows = { top: [], height: [], first: [], end: [], section: [], isGroup: [], y: 0 }
  for (let at = 0; at < sections.length;) {
    const section = sections[at]
    if (!section) break
    if (section.opens && options.group) push(rows, options.group, -1 - at, section.start, at, 1)
    if (options.heading > 0 && !section.bare) push(rows, options.heading, -1 - at, section.start, at)
    const shared = options.pack === undefined || !options.complete ? null : sharedRow(ratios, sections, at, options)
    if (shared) {
      const last = sections[shared.next - 1]
      push(rows, shared.height, section.start, last ? last.start + last.count : section.start, at)
      rows.y += options.gap
      at = shared.next
    } else {
      layoutSection(rows, ratios, section, at, at === sections.length - 1, options)
      at += 1
    }
  }
  return {
    rows: rows.top.length,
    top: Float64Array.from(rows.top),
    height: Float64Array.from(rows.height),
    first: Int32Array.from(rows.first),
    end: Int32Array.from(rows.end),
    section: Int32Array.from(rows.section),
    isGroup: Uint8Array.from(rows.isGroup),
    starts: Int32Array.from(sections, (section) => section.start),
    total: rows.y,
  }
}

function layoutSection(
  rows: Rows,
  ratios: ArrayLike<number>,
  section: Section,
  at: number,
  isLast: boolean,
  options: LayoutOptions,
): void {
  const end = section.start + section.count
  for (let i = section.start; i < end;) {
    const row = nextRow(ratios, i, end, options)
    if (!row.full && isLast && !options.complete) break
    push(rows, row.height, i, row.end, at)
    rows.y += options.gap
    i = row.end
  }
}

export type Cell = { index: number; x: number; width: number }

/** Of each picture of a row, the space behind it: that between sections where a section ends, else that between pictures. */
function spaces(layout: GridLayout, row: number, first: number, end: number, o: LayoutOptions): number[] {
  let section = layout.section[row] ?? 0
  return Array.from({ length: end - first }, (_, i) => {
    if (first + i + 1 === end) return 0
    if (layout.starts[section + 1] !== first + i + 1) return o.gap
    section += 1
    return o.pack ?? 0
  })
}

/** The pictures of one row with whole-pixel edges; a full row ends exactly at `width`. */
export function rowCells(layout: GridLayout, row: number, ratios: ArrayLike<number>, options: LayoutOptions): Cell[] {
  const first = layout.first[row] ?? -1
  const end = layout.end[row] ?? 0
  const height = layout.height[row] ?? 0
  if (first < 0) return []
  const behind = spaces(layout, row, first, end, options)
  const gaps = behind.reduce((a, b) => a + b, 0)
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
    edge += behind[i - first] ?? 0
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
