import { useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from 'react'
import { layoutRows, type GridLayout, type LayoutOptions, type Section } from './layout'
import { Row } from './row'
import { groupOf, Scrubber } from './scrubber'
import type { GridItem, GridSource } from './source'
import { useChoosing } from './use-choosing'
import { useGridKeys } from './use-grid-keys'
import { useGridView } from './use-grid-view'
import { usePlace } from './use-place'
import './photo-grid.css'

export type GridSection = Section & {
  /** What is written above it; `isShort` where it shares its row with others. */
  label: string | ((isShort: boolean) => string)
  /** What is written above the group that begins with it. */
  group?: string
  /** Names it, also when pictures have come and gone. */
  key?: string
}

export type PhotoGridProps<I extends GridItem> = {
  source: GridSource<I>
  /** Runs of pictures below headings; without them all is one run. */
  sections?: readonly GridSection[]
  /** Small sections share rows, the place is kept while pictures come and go, and there is a scrubber. */
  isTimeline?: boolean
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

type Metrics = { target: number; gap: number; heading: number; group: number; pack: number }

/** Row height, gaps and headings that suit the width, in pixels. */
function metrics(width: number): Metrics {
  if (width < 640) return { target: 124, gap: 2, heading: 32, group: 52, pack: 10 }
  if (width < 1000) return { target: 172, gap: 4, heading: 36, group: 60, pack: 16 }
  return { target: 212, gap: 4, heading: 38, group: 64, pack: 20 }
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

function useLayout(
  { ratios, count, complete }: GridSource,
  sections: readonly Section[] | undefined,
  isTimeline: boolean,
  width: number,
) {
  return useMemo(() => {
    const { target, gap, heading, ...more } = metrics(width)
    const options: LayoutOptions = { width: Math.max(240, width), target, gap, heading: 0, complete }
    if (sections) options.heading = heading
    if (isTimeline) Object.assign(options, more)
    return { options, layout: layoutRows(ratios, sections ?? [{ start: 0, count }], options) }
  }, [ratios, sections, isTimeline, width, complete, count])
}

/** The items that rows `from` to `to` hold. */
function itemsOf(layout: GridLayout, from: number, to: number): [number, number] {
  const first = layout.first[from] ?? 0
  return [first < 0 ? (layout.end[from] ?? 0) : first, layout.end[to] ?? 0]
}

/** A justified grid of pictures that fills the width of its place and scrolls with the window. */
export function PhotoGrid<I extends GridItem>(props: PhotoGridProps<I>) {
  const { source, focusOn, chooseIn, isTimeline = false } = props
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const width = useWidth(box)
  const { layout, options } = useLayout(source, props.sections, isTimeline, width)
  const view = useGridView(box, layout)
  usePlace({ view, layout, source, sections: isTimeline ? (props.sections ?? null) : null, isReady: width > 0 })
  const canChoose = chooseIn !== undefined
  const keys = useGridKeys({ box, layout, options, view, source, canChoose, onOpen: props.onOpen })
  const choosing = useChoosing(source, chooseIn, props.onOpen)

  const from = Math.min(view.from, Math.max(0, layout.rows - 1))
  const to = Math.min(view.to, layout.rows - 1)
  const { want } = source
  const [firstItem, endItem] = itemsOf(layout, from, to)
  useEffect(() => {
    if (width > 0 && view.load) want(firstItem, endItem)
  }, [width, view.load, want, firstItem, endItem])
  useEffect(() => {
    if (!focusOn || source.count === 0) return
    const index = source.indexOf(focusOn.id)
    // One that was deleted meanwhile leaves the focus to its neighbour.
    keys.focusOn(index >= 0 ? index : keys.current)
    // Only a new wish moves the focus; new pictures do not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [focusOn])

  const tabStop = tabStopOf(layout, from, to, keys.current)
  const grid = (
    <div
      ref={setBox}
      className="photo-grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={layout.rows}
      aria-busy={props.isStale === true}
      aria-multiselectable={canChoose}
      data-choosing={canChoose && choosing.chosen.size > 0}
      style={{ height: view.height }}
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
            base={view.base}
            load={view.load}
            tabStop={tabStop}
            chosen={canChoose ? choosing.chosen : null}
          />
        ))}
    </div>
  )
  if (!props.sections || !isTimeline || width === 0) return grid
  return (
    <>
      <Now sections={props.sections} layout={layout} top={view.top} />
      {grid}
      <Scrubber sections={props.sections} layout={layout} view={view} />
    </>
  )
}

/** The month that is looked at, above its pictures wherever one is in it. */
function Now({ sections, layout, top }: { sections: readonly GridSection[]; layout: GridLayout; top: number }) {
  const group = groupOf(sections, layout.section[top] ?? 0)
  return (
    <div className="grid-now" data-shown={top > 1 && layout.isGroup[top] === 0} aria-hidden>
      <span>{group}</span>
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
