import { useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent } from 'react'
import { neighbour, rowOf, type GridLayout, type LayoutOptions } from './layout'

/** Room kept above and below a row that is brought into view: the sticky header, and the tabs of a phone. */
const CLEAR_TOP_PX = 96
const CLEAR_BOTTOM_PX = 88

function nextIndex(key: string, index: number, count: number, move: (step: -1 | 1) => number): number | null {
  switch (key) {
    case 'ArrowRight':
      return Math.min(count - 1, index + 1)
    case 'ArrowLeft':
      return Math.max(0, index - 1)
    case 'ArrowDown':
      return move(1)
    case 'ArrowUp':
      return move(-1)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

type Grid = {
  box: HTMLElement | null
  layout: GridLayout
  ratios: ArrayLike<number>
  options: LayoutOptions
  count: number
}

/** One tab stop for the whole grid, moved by the arrow keys; the focused picture is brought into view first. */
export function useGridKeys({ box, layout, ratios, options, count }: Grid) {
  const [current, setCurrent] = useState(0)
  const awaited = useRef(-1)

  const reveal = (index: number): void => {
    const row = rowOf(layout, index)
    if (!box || row < 0) return
    const top = box.getBoundingClientRect().top + (layout.top[row] ?? 0)
    const bottom = top + (layout.height[row] ?? 0)
    if (top < CLEAR_TOP_PX) window.scrollBy(0, top - CLEAR_TOP_PX)
    else if (bottom > window.innerHeight - CLEAR_BOTTOM_PX)
      window.scrollBy(0, bottom - window.innerHeight + CLEAR_BOTTOM_PX)
  }
  const focusOn = (index: number): void => {
    setCurrent(index)
    reveal(index)
    awaited.current = index
  }
  // A far jump first has to mount the row that the picture is in.
  useLayoutEffect(() => {
    if (awaited.current < 0) return
    const cell = box?.querySelector<HTMLElement>(`[data-index="${awaited.current}"]`)
    if (!cell) return
    awaited.current = -1
    cell.focus({ preventScroll: true })
  })
  return {
    current: Math.min(current, Math.max(0, count - 1)),
    focusOn,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey) return
      const next = nextIndex(event.key, current, count, (step) => neighbour(layout, current, step, ratios, options))
      if (next === null || rowOf(layout, next) < 0) return
      event.preventDefault()
      focusOn(next)
    },
    onFocus: (event: FocusEvent<HTMLElement>) => {
      const index = event.target.dataset['index']
      if (index !== undefined) setCurrent(Number(index))
    },
  }
}
