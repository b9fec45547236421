import { useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent } from 'react'
import { chooseAll, chooseRange, toggle } from '@/lib/selection'
import { neighbour, rowOf, type GridLayout, type LayoutOptions } from './layout'
import type { GridSource } from './source'
import type { GridView } from './use-grid-view'

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
  options: LayoutOptions
  view: GridView
  source: GridSource
  canChoose: boolean
  onOpen: (index: number) => void
}

/**
 * One tab stop for the whole grid, moved by the arrow keys; the focused picture is brought into view first.
 * Enter opens; Space, Shift with a move, and Ctrl or Command with A choose.
 */
export function useGridKeys({ box, layout, options, view, source, canChoose, onOpen }: Grid) {
  const [focused, setFocused] = useState(0)
  const awaited = useRef(-1)
  const { ratios, count } = source
  const current = Math.min(focused, Math.max(0, count - 1))

  const reveal = (index: number): void => {
    const row = rowOf(layout, index)
    if (!box || row < 0) return
    const at = view.at()
    const top = layout.top[row] ?? 0
    const bottom = top + (layout.height[row] ?? 0)
    if (top - at < CLEAR_TOP_PX) view.scrollTo(top - CLEAR_TOP_PX)
    else if (bottom - at > window.innerHeight - CLEAR_BOTTOM_PX)
      view.scrollTo(bottom - window.innerHeight + CLEAR_BOTTOM_PX)
  }
  const focusOn = (index: number): void => {
    setFocused(index)
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
  const choose = (event: KeyboardEvent): boolean => {
    const item = source.item(current)
    if (event.key === ' ' && event.shiftKey) void chooseRange(source, current)
    else if (event.key === ' ' && item) toggle(item, current)
    else return event.key === ' '
    return true
  }
  const onPlainKey = (event: KeyboardEvent): boolean => {
    if (event.key === 'Enter' && !event.shiftKey) {
      if (source.item(current)) onOpen(current)
      return true
    }
    if (canChoose && choose(event)) return true
    const next = nextIndex(event.key, current, count, (step) => neighbour(layout, current, step, ratios, options))
    if (next === null || rowOf(layout, next) < 0) return false
    focusOn(next)
    if (canChoose && event.shiftKey) void chooseRange(source, next, current)
    return true
  }
  return {
    current,
    focusOn,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.altKey || !(event.target as HTMLElement).matches('[data-index]')) return
      if (event.metaKey || event.ctrlKey) {
        if (!canChoose || event.key.toLowerCase() !== 'a') return
        event.preventDefault()
        void chooseAll(source)
      } else if (onPlainKey(event)) event.preventDefault()
    },
    onFocus: (event: FocusEvent<HTMLElement>) => {
      const index = event.target.dataset['index']
      if (index !== undefined) setFocused(Number(index))
    },
  }
}
