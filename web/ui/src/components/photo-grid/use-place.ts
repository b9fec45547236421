import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import { rowAt, rowOf, type GridLayout } from './layout'
import type { GridSource } from './source'
import type { GridView } from './use-grid-view'

/** Where somebody was, in words that hold when pictures come and go elsewhere, and when the window is another. */
type Place = { section: string; within: number; offset: number }

/** Rows under the sticky header are not what is looked at. */
const HEADER_PX = 96
const REST_MS = 150

function entry(): string {
  const state: unknown = history.state
  const key = state !== null && typeof state === 'object' && '__TSR_key' in state ? String(state.__TSR_key) : ''
  return `place:${key}`
}

function remembered(): Place | null {
  try {
    return JSON.parse(sessionStorage.getItem(entry()) ?? 'null') as Place | null
  } catch {
    return null
  }
}

function remember(place: Place): void {
  try {
    sessionStorage.setItem(entry(), JSON.stringify(place))
  } catch {
    // Without storage the place is kept until the page is left.
  }
}

/** The first row of pictures that is looked at, at a place of the layout. */
function lookedAt(layout: GridLayout, y: number): number {
  let row = rowAt(layout, y + HEADER_PX)
  while (row < layout.rows - 1 && (layout.first[row] ?? 0) < 0) row += 1
  return row
}

const HELD_FRAMES = 20
const HANDS = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const

/** Calls again for some frames, in which what is above the grid may still arrive, unless somebody scrolls meanwhile. */
function hold(again: () => void): void {
  let left = HELD_FRAMES
  const stop = () => {
    left = 0
  }
  const step = () => {
    left -= 1
    if (left > 0) {
      again()
      requestAnimationFrame(step)
    } else for (const hand of HANDS) window.removeEventListener(hand, stop)
  }
  for (const hand of HANDS) window.addEventListener(hand, stop, { passive: true })
  requestAnimationFrame(step)
}

type Shown = { layout: GridLayout; source: GridSource }

/** Where what was looked at in one layout lies in another; null when none of it is there any more. */
function whereNow(was: Shown, is: Shown, y: number): number | null {
  const row = lookedAt(was.layout, y)
  const first = Math.max(0, was.layout.first[row] ?? 0)
  const end = was.layout.end[row] ?? 0
  for (let i = first; i < end; i++) {
    const item = was.source.item(i)
    // What is not known by name is not likely to have moved: it keeps its number.
    const index = item ? is.source.indexOf(item.id) : Math.min(i, is.source.count - 1)
    const now = index < 0 ? -1 : rowOf(is.layout, index)
    if (now >= 0) return (is.layout.top[now] ?? 0) + y - (was.layout.top[row] ?? 0)
  }
  return null
}

type Grid = {
  view: GridView
  layout: GridLayout
  source: GridSource
  /** Names of the sections; null where the place is not kept. */
  sections: readonly { start: number; key?: string }[] | null
  isReady: boolean
}

/** Keeps what is looked at where it is: while pictures arrive and leave, after a reload, and when one comes back. */
export function usePlace({ view, layout, source, sections, isReady }: Grid): void {
  const before = useRef<Shown | null>(null)
  const { at, scrollTo } = view
  useLayoutEffect(() => {
    if (!sections || !isReady) return
    const was = before.current
    before.current = { layout, source }
    if (!was) {
      const place = remembered()
      const section = place && sections.find(({ key }) => key === place.section)
      if (!section) return
      const row = rowOf(layout, Math.min(source.count - 1, section.start + place.within))
      if (row < 0) return
      const target = (layout.top[row] ?? 0) + place.offset
      scrollTo(target)
      hold(() => {
        if (Math.abs(at() - target) > 1) scrollTo(target)
      })
      return
    }
    const y = at()
    // At the very top new pictures are let in; further down nothing moves.
    if (was.layout === layout || window.scrollY < 1) return
    const target = whereNow(was, { layout, source }, y)
    if (target !== null && Math.abs(target - y) > 0.5) scrollTo(target)
  }, [layout, source, sections, isReady, at, scrollTo])

  const save = useCallback(() => {
    if (!sections || layout.rows === 0) return
    const row = lookedAt(layout, at())
    const first = Math.max(0, layout.first[row] ?? 0)
    const section = sections[layout.section[row] ?? 0]
    if (section?.key !== undefined)
      remember({ section: section.key, within: first - section.start, offset: at() - (layout.top[row] ?? 0) })
  }, [sections, layout, at])
  useEffect(() => {
    let resting = 0
    const wait = () => {
      clearTimeout(resting)
      resting = window.setTimeout(save, REST_MS)
    }
    window.addEventListener('scroll', wait, { passive: true })
    window.addEventListener('pagehide', save)
    return () => {
      clearTimeout(resting)
      window.removeEventListener('scroll', wait)
      window.removeEventListener('pagehide', save)
    }
  }, [save])
}
