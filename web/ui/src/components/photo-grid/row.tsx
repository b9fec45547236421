import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Chosen } from '@/lib/selection'
import { useLocale } from '@/lib/use-locale'
import { rowCells, type GridLayout, type LayoutOptions } from './layout'
import type { GridSection, PhotoGridProps } from './photo-grid'
import { isWhole, type GridItem } from './source'
import { Thumb } from './thumb'

type RowProps<I extends GridItem> = {
  row: number
  grid: PhotoGridProps<I>
  layout: GridLayout
  options: LayoutOptions
  /** Where the grid's box begins in the layout. */
  base: number
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

/** One row of a grid: pictures, or a heading. */
export function Row<I extends GridItem>(props: RowProps<I>) {
  const { row, grid, layout, options, base, load, tabStop, chosen } = props
  const labelOf = useLabel()
  const y = (layout.top[row] ?? 0) - base
  const height = layout.height[row] ?? 0
  const { source } = grid
  if ((layout.first[row] ?? -1) < 0) return <Heading {...props} y={y} />
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

function labelOf(section: GridSection | undefined, isShort: boolean): string | undefined {
  return typeof section?.label === 'function' ? section.label(isShort) : section?.label
}

/** The name of a month, or those of the days whose pictures stand in the row below. */
function Heading<I extends GridItem>({ row, grid, layout, options, y }: RowProps<I> & { y: number }) {
  const { sections, source } = grid
  const first = layout.section[row] ?? 0
  const isGroup = layout.isGroup[row] === 1
  const starts = isGroup ? [] : rowCells(layout, row + 1, source.ratios, options)
  const end = layout.end[row + 1] ?? 0
  const names: { x: number; width: number }[] = []
  for (let i = first; !isGroup && i < layout.starts.length && (layout.starts[i] ?? 0) < Math.max(end, 1); i++) {
    const from = starts.find((cell) => cell.index === layout.starts[i])
    const to = starts.findLast((cell) => cell.index < (layout.starts[i + 1] ?? Infinity))
    if (!from || !to) break
    names.push({ x: from.x, width: to.x + to.width - from.x })
  }
  const isShared = names.length > 1
  return (
    <div
      role="row"
      aria-rowindex={row + 1}
      className={isGroup ? 'photo-month' : 'photo-heading'}
      style={{ transform: `translateY(${y}px)`, height: layout.height[row] }}
    >
      {isGroup ? (
        <div role="rowheader">
          <h2>{sections?.[first]?.group}</h2>
        </div>
      ) : (
        names.map(({ x, width }, i) => (
          <div key={i} role="rowheader" style={{ left: x, width: isShared ? width : undefined }}>
            <h2>{labelOf(sections?.[first + i], isShared)}</h2>
          </div>
        ))
      )}
    </div>
  )
}
