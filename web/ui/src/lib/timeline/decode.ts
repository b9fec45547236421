import { gridRatio } from '@/components/photo-grid/layout'

/** A month of the timeline, or what has no date. */
export type Month = {
  /** `2026-01`, or `undated`. */
  key: string
  start: number
  count: number
  /** Each day of which there are pictures, followed by how many; empty for what has no date. */
  days: readonly number[]
}

/** Where every picture of a timeline is, newest first, in a few bytes each. */
export type TimelineLayout = {
  /** The revision of the library. */
  rev: string
  count: number
  months: readonly Month[]
  /** Width divided by height, as a grid shows it. */
  ratios: Float32Array
  /** RGB565. */
  colors: Uint16Array
}

export const UNDATED = 'undated'

/** What the byte of each ratio says, cropped as a grid crops. */
const RATIOS = Float32Array.from({ length: 256 }, (_, byte) => gridRatio(2 ** ((byte - 128) / 48), 1))

type Header = { rev: string; n: number; buckets: { k: string; c: number; d?: number[] }[] }

function headerOf(data: ArrayBuffer): { header: Header; end: number } {
  const length = new DataView(data).getUint32(0, true)
  const text = new TextDecoder().decode(new Uint8Array(data, 4, length))
  return { header: JSON.parse(text) as Header, end: 4 + length }
}

/** The revision of which a layout is, without reading the rest. */
export function revisionOf(data: ArrayBuffer): string {
  return headerOf(data).header.rev
}

/** Reads the answer of `GET /api/timeline/layout`. */
export function readLayout(data: ArrayBuffer): TimelineLayout {
  const { header, end } = headerOf(data)
  let start = 0
  const months = header.buckets.map(({ k, c, d }) => {
    const month = { key: k, start, count: c, days: d ?? [] }
    start += c
    return month
  })
  const ratios = new Float32Array(header.n)
  const bytes = new Uint8Array(data, end, header.n)
  for (let i = 0; i < header.n; i++) ratios[i] = RATIOS[bytes[i] ?? 128] ?? 1
  return {
    rev: header.rev,
    count: header.n,
    months,
    ratios,
    colors: new Uint16Array(data, end + header.n + (header.n % 2), header.n),
  }
}

/** The month that holds a picture. */
export function monthAt(months: readonly Month[], index: number): number {
  let low = 0
  let high = months.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((months[middle]?.start ?? 0) <= index) low = middle
    else high = middle - 1
  }
  return low
}

/** A mean colour in CSS. */
export function cssColor(rgb565: number): string {
  const wide = (value: number, bits: number) => Math.round((value * 255) / (2 ** bits - 1))
  return `rgb(${wide(rgb565 >> 11, 5)} ${wide((rgb565 >> 5) & 63, 6)} ${wide(rgb565 & 31, 5)})`
}

/** The same layout without one picture. */
export function withoutItem(layout: TimelineLayout, index: number): TimelineLayout {
  const at = monthAt(layout.months, index)
  const months = layout.months.flatMap((month, i) => {
    if (i < at) return [month]
    if (i > at) return [{ ...month, start: month.start - 1 }]
    return month.count === 1 ? [] : [{ ...month, count: month.count - 1, days: dayLess(month, index) }]
  })
  const ratios = new Float32Array(layout.count - 1)
  const colors = new Uint16Array(layout.count - 1)
  for (const [to, from] of [
    [ratios, layout.ratios],
    [colors, layout.colors],
  ] as const) {
    to.set(from.subarray(0, index))
    to.set(from.subarray(index + 1), index)
  }
  return { ...layout, count: layout.count - 1, months, ratios, colors }
}

function dayLess({ start, days }: Month, index: number): number[] {
  let left = index - start
  for (let i = 0; i < days.length; i += 2) {
    const count = days[i + 1] ?? 0
    if (left < count) {
      if (count === 1) return [...days.slice(0, i), ...days.slice(i + 2)]
      return [...days.slice(0, i + 1), count - 1, ...days.slice(i + 2)]
    }
    left -= count
  }
  return [...days]
}
