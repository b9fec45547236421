import { useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Chosen } from '@/lib/selection'
import { useLocale } from '@/lib/use-locale'
import { layoutRows, rowCells, type GridLayout, type LayoutOptions, type Section } from './layout'
import { isWhole, type GridItem, type GridSource } from './source'
import { Thumb } from './thumb'
import { useChoosing } from './use-choosing'
import { useGridKeys } from './use-grid-keys'
import { useVisibleRows } from './use-visible-rows'
import './photo-grid.css'

export type GridSection = Section & { label: string }

type PhotoGridProps<I extends GridItem> = {
  source: GridSource<I>
  /** Headings between the pictures; without them the grid is one run. */
  sections?: readonly GridSection[]
  /** Accessible name. */
  label: string
  hrefOf: (item: I) => string
  onOpen: (index: number) => void
  /** Small marks on a picture, for example its score. */
  badge?: (item: I, index: number) => ReactNode
  /** Moves the focus to this picture, each time the object changes. */
  focusOn?: { id: string } | null
  /** Shown dimmed while newer results are on their way. */
  isStale?: boolean
  /** Makes pictures choosable (`lib/selection`): the name of what is shown; when it changes nothing stays chosen. */
  chooseIn?: string
}

const HEADING_PX = 50

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

function useLayout({ ratios, count, complete }: GridSource, sections: readonly Section[] | undefined, width: number) {
  return useMemo(() => {
    const heading = sections ? HEADING_PX : 0
    const options: LayoutOptions = { width: Math.max(240, width), ...metrics(width), heading, complete }
    return { options, layout: layoutRows(ratios, sections ?? [{ start: 0, count }], options) }
  }, [ratios, sections, width, complete, count])
}

/** The items that rows `from` to `to` hold. */
function itemsOf(layout: GridLayout, from: number, to: number): [number, number] {
  const first = layout.first[from] ?? 0
  return [first < 0 ? (layout.end[from] ?? 0) : first, layout.end[to] ?? 0]
}

/** A justified grid of pictures that fills the width of its place and scrolls with the window. */
export function PhotoGrid<I extends GridItem>(props: PhotoGridProps<I>) {
  const { source, focusOn, chooseIn } = props
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const width = useWidth(box)
  const { layout, options } = useLayout(source, props.sections, width)
  const visible = useVisibleRows(box, layout)
  const canChoose = chooseIn !== undefined
  const keys = useGridKeys({ box, layout, options, source, canChoose, onOpen: props.onOpen })
  const choosing = useChoosing(source, chooseIn, props.onOpen)

  const from = Math.min(visible.from, Math.max(0, layout.rows - 1))
  const to = Math.min(visible.to, layout.rows - 1)
  const { want } = source
  const [firstItem, endItem] = itemsOf(layout, from, to)
  useEffect(() => {
    if (width > 0 && visible.load) want(firstItem, endItem)
  }, [width, visible.load, want, firstItem, endItem])
  useEffect(() => {
    if (!focusOn || source.count === 0) return
    const index = source.indexOf(focusOn.id)
    // One that was deleted meanwhile leaves the focus to its neighbour.
    keys.focusOn(index >= 0 ? index : keys.current)
    // Only a new wish moves the focus; new pictures do not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [focusOn])

  const tabStop = tabStopOf(layout, from, to, keys.current)
  return (
    <div
      ref={setBox}
      className="photo-grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={layout.rows}
      aria-busy={props.isStale === true}
      aria-multiselectable={canChoose}
      data-choosing={canChoose && choosing.chosen.size > 0}
      style={{ height: layout.total }}
      onKeyDown={keys.onKeyDown}
      onFocus={keys.onFocus}
      onClick={choosing.onClick}
      {...choosing.handlers}
    >
      {width > 0 &&
        Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => (
          <Row
            key={from + k}
            row={from + k}
            grid={props}
            layout={layout}
            options={options}
            load={visible.load}
            tabStop={tabStop}
            chosen={canChoose ? choosing.chosen : null}
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

type RowProps<I extends GridItem> = {
  row: number
  grid: PhotoGridProps<I>
  layout: GridLayout
  options: LayoutOptions
  load: boolean
  tabStop: number
  /** Null where nothing can be chosen. */
  chosen: Chosen | null
}

/** What a picture is called by who can't see it. */
function useLabel(): (item: GridItem | null, index: number, count: number) => string {
  const { t } = useTranslation()
  const locale = useLocale()
  const format = useMemo(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }), [locale])
  return (item, index, count) => {
    if (!item) return t('grid.coming', { number: index + 1, count })
    const day = format.format(new Date(item.taken?.local ?? item.uploaded_at))
    const tags = isWhole(item) ? item.tags : []
    return [item.filename, day, ...tags].join(', ')
  }
}

function Row<I extends GridItem>({ row, grid, layout, options, load, tabStop, chosen }: RowProps<I>) {
  const labelOf = useLabel()
  const y = layout.top[row] ?? 0
  const height = layout.height[row] ?? 0
  const first = layout.first[row] ?? -1
  const { source } = grid
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
      {rowCells(layout, row, source.ratios, options).map(({ index, x, width }) => {
        const item = source.item(index)
        return (
          <Thumb
            key={index}
            item={item}
            index={index}
            x={x}
            width={width}
            height={height}
            color={source.color(index)}
            load={load}
            isTabStop={index === tabStop}
            isChosen={chosen ? item !== null && chosen.has(item.id) : undefined}
            label={labelOf(item, index, source.count)}
            href={item ? grid.hrefOf(item) : undefined}
            badge={(item && grid.badge?.(item, index)) ?? null}
          />
        )
      })}
    </div>
  )
}
