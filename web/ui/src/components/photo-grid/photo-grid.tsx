import { useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from 'react'
import type { Asset } from '@/api/types'
import { useLocale } from '@/lib/use-locale'
import { gridRatio, layoutRows, rowCells, type GridLayout, type LayoutOptions, type Section } from './layout'
import { Thumb } from './thumb'
import { useGridKeys } from './use-grid-keys'
import { useVisibleRows } from './use-visible-rows'
import './photo-grid.css'

export type GridSection = Section & { label: string }

type PhotoGridProps = {
  assets: readonly Asset[]
  /** Headings between the pictures; without them the grid is one run. */
  sections?: readonly GridSection[]
  /** Accessible name. */
  label: string
  hasMore: boolean
  /** Called when the end of what is loaded comes near. */
  onWantMore: () => void
  hrefOf: (asset: Asset) => string
  onOpen: (index: number) => void
  /** Small marks on a picture, for example its score. */
  badge?: (asset: Asset, index: number) => ReactNode
  /** Moves the focus to this picture, each time the object changes. */
  focusOn?: { id: string } | null
  /** Shown dimmed while newer results are on their way. */
  isStale?: boolean
}

const HEADING_PX = 50
const WANT_MORE_ROWS = 12

/** Row height and gaps that suit the width, in pixels. */
function metrics(width: number): { target: number; gap: number } {
  if (width < 640) return { target: 124, gap: 2 }
  if (width < 1000) return { target: 172, gap: 4 }
  return { target: 212, gap: 4 }
}

/** The element's width in whole pixels, known before the first paint. */
function useWidth(box: HTMLElement | null): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (!box) return
    const measure = () => setWidth(Math.floor(box.clientWidth))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    return () => observer.disconnect()
  }, [box])
  return width
}

function useLayout(props: PhotoGridProps, width: number) {
  const { assets, sections, hasMore } = props
  const ratios = useMemo(() => Float64Array.from(assets, (asset) => gridRatio(asset.width, asset.height)), [assets])
  return useMemo(() => {
    const heading = sections ? HEADING_PX : 0
    const options: LayoutOptions = { width: Math.max(240, width), ...metrics(width), heading, complete: !hasMore }
    const layout = layoutRows(ratios, sections ?? [{ start: 0, count: assets.length }], options)
    return { layout, options, ratios }
  }, [ratios, sections, width, hasMore, assets.length])
}

/** A justified grid of pictures that fills the width of its place and scrolls with the window. */
export function PhotoGrid(props: PhotoGridProps) {
  const { assets, hasMore, onWantMore, focusOn } = props
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const width = useWidth(box)
  const { layout, options, ratios } = useLayout(props, width)
  const visible = useVisibleRows(box, layout)
  const keys = useGridKeys({ box, layout, ratios, options, count: assets.length })

  useEffect(() => {
    if (hasMore && width > 0 && visible.to >= layout.rows - WANT_MORE_ROWS) onWantMore()
  }, [hasMore, width, visible.to, layout.rows, onWantMore])
  useEffect(() => {
    if (!focusOn || assets.length === 0) return
    const index = assets.findIndex((asset) => asset.id === focusOn.id)
    // One that was deleted meanwhile leaves the focus to its neighbour.
    keys.focusOn(index >= 0 ? index : keys.current)
    // Only a new wish moves the focus; new pictures do not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [focusOn])

  const from = Math.min(visible.from, Math.max(0, layout.rows - 1))
  const to = Math.min(visible.to, layout.rows - 1)
  const tabStop = tabStopOf(layout, from, to, keys.current)
  return (
    <div
      ref={setBox}
      className="photo-grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={layout.rows}
      aria-busy={props.isStale === true}
      style={{ height: layout.total }}
      onKeyDown={keys.onKeyDown}
      onFocus={keys.onFocus}
    >
      {width > 0 &&
        Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => (
          <Row
            key={from + k}
            row={from + k}
            grid={props}
            layout={layout}
            options={options}
            ratios={ratios}
            load={visible.load}
            tabStop={tabStop}
          />
        ))}
    </div>
  )
}

/** The focused picture while it is in the document, else the first one that is: Tab always finds a way in. */
function tabStopOf(layout: GridLayout, from: number, to: number, current: number): number {
  let first = -1
  for (let row = from; row <= to; row++) {
    const start = layout.first[row] ?? -1
    if (start < 0) continue
    if (first < 0) first = start
    if (current >= start && current < (layout.end[row] ?? 0)) return current
  }
  return first
}

type RowProps = {
  row: number
  grid: PhotoGridProps
  layout: GridLayout
  options: LayoutOptions
  ratios: ArrayLike<number>
  load: boolean
  tabStop: number
}

function Row({ row, grid, layout, options, ratios, load, tabStop }: RowProps) {
  const locale = useLocale()
  const y = layout.top[row] ?? 0
  const height = layout.height[row] ?? 0
  const first = layout.first[row] ?? -1
  if (first < 0) {
    const section = grid.sections?.[-1 - first]
    return (
      <div
        role="row"
        aria-rowindex={row + 1}
        className="photo-heading"
        style={{ transform: `translateY(${y}px)`, height }}
      >
        <div role="rowheader">
          <h2>{section?.label}</h2>
        </div>
      </div>
    )
  }
  return (
    <div role="row" aria-rowindex={row + 1} className="photo-row" style={{ transform: `translateY(${y}px)`, height }}>
      {rowCells(layout, row, ratios, options).map(({ index, x, width }) => {
        const asset = grid.assets[index]
        if (!asset) return null
        const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(
          new Date(asset.taken?.local ?? asset.uploaded_at),
        )
        return (
          <Thumb
            key={asset.id}
            asset={asset}
            index={index}
            x={x}
            width={width}
            height={height}
            load={load}
            isTabStop={index === tabStop}
            label={`${asset.filename}, ${day}`}
            href={grid.hrefOf(asset)}
            onOpen={grid.onOpen}
            badge={grid.badge?.(asset, index) ?? null}
          />
        )
      })}
    </div>
  )
}
