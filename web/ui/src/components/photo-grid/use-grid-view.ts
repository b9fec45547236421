import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { rowAt, type GridLayout } from './layout'

/** Rows `from` to `to` (inclusive) are to be in the document; `load` is false while flying past. */
type VisibleRows = { from: number; to: number; load: boolean; top: number }

export type GridView = VisibleRows & {
  /** Height of the grid's box; less than that of the layout where browsers can't make a box as high. */
  height: number
  /** What is to be taken from a place in the layout for the place in the box. */
  base: number
  /** Which place of the layout is at the top of the window now; negative while the grid begins below it. */
  at: () => number
  /** Brings a place of the layout to the top of the window. */
  scrollTo: (y: number) => void
}

const OVERSCAN_PX = 350
const OVERSCAN_IN_FLIGHT_PX = 200
/** Faster than anyone can look at pictures. */
const FLIGHT_PX_PER_MS = 4
const SETTLE_MS = 90
/** Rows under the sticky header do not count as seen. */
const HEADER_PX = 96
/**
 * No box is higher than this: Firefox ends at 17.9 million pixels, Chromium at 33.5 million of the device's.
 * In a higher layout one scrolls as in any other, pixel by pixel; when the scrolling rests, the place in the box is
 * brought to where it belongs as a share of the whole, so that both ends are reached.
 */
const MAX_BOX_PX = 8_000_000
/** So much at once is a jump to a share of the whole, not scrolling. */
const JUMP_PART = 0.2

/** Follows the window's scrolling over a grid of any height and says which rows are near the screen. */
export function useGridView(box: HTMLElement | null, layout: GridLayout): GridView {
  const [visible, setVisible] = useState<VisibleRows>({ from: 0, to: -1, load: true, top: 0 })
  const [base, setBase] = useState(0)
  const baseNow = useRef(0)
  const last = useRef({ y: 0, place: 0, at: 0 })
  const height = Math.min(layout.total, MAX_BOX_PX)
  const isHigher = layout.total > height

  /** The share of the scrolling that belongs to a place of the layout. */
  const placeOf = useCallback(
    (y: number) => {
      const [room, whole] = [height - window.innerHeight, layout.total - window.innerHeight]
      return y <= 0 || y >= whole ? y - (y <= 0 ? 0 : layout.total - height) : (y * room) / whole
    },
    [height, layout.total],
  )
  const placeNow = useCallback(() => (box ? -box.getBoundingClientRect().top : 0), [box])
  const at = useCallback(() => placeNow() + baseNow.current, [placeNow])

  const look = useCallback(
    (isScrolling: boolean) => {
      if (!box) return
      const now = performance.now()
      const place = placeNow()
      const y = place + baseNow.current
      const speed = Math.abs(y - last.current.y) / Math.max(8, now - last.current.at)
      const flying = isScrolling && speed > FLIGHT_PX_PER_MS
      last.current = { y, place, at: now }
      const over = flying ? OVERSCAN_IN_FLIGHT_PX : OVERSCAN_PX
      const next: VisibleRows = {
        from: rowAt(layout, y - over),
        to: rowAt(layout, y + window.innerHeight + over),
        load: !flying,
        top: rowAt(layout, y + HEADER_PX),
      }
      setVisible((was) =>
        was.from === next.from && was.to === next.to && was.load === next.load && was.top === next.top ? was : next,
      )
    },
    [box, layout, placeNow],
  )
  const update = useCallback(() => look(false), [look])

  const rebase = useCallback((value: number) => {
    baseNow.current = value
    setBase(value)
  }, [])
  const scrollTo = useCallback(
    (y: number) => {
      if (!box) return
      window.scrollBy({ top: (isHigher ? placeOf(y) : y) - placeNow(), behavior: 'instant' })
      if (isHigher || baseNow.current !== 0)
        rebase(y <= 0 ? 0 : Math.max(0, Math.min(layout.total - height, y - placeNow())))
      look(true)
    },
    [box, height, isHigher, layout.total, look, placeNow, placeOf, rebase],
  )

  useLayoutEffect(update, [update])
  useEffect(() => {
    let settling = 0
    const settle = () => {
      // The rows move in the same frame as the window is scrolled: nothing is seen of it.
      if (isHigher && at() > 0 && Math.abs(placeNow() - placeOf(at())) > 1) flushSync(() => scrollTo(at()))
      update()
    }
    const follow = () => {
      clearTimeout(settling)
      // After the last event the flight is over, and what is on screen is loaded.
      settling = window.setTimeout(settle, SETTLE_MS)
      const place = placeNow()
      if (isHigher && Math.abs(place - last.current.place) > height * JUMP_PART) {
        const [room, whole] = [height - window.innerHeight, layout.total - window.innerHeight]
        flushSync(() => rebase(Math.max(0, Math.min(layout.total - height, (place * whole) / room - place))))
      }
      look(true)
    }
    window.addEventListener('scroll', follow, { passive: true })
    window.addEventListener('resize', update, { passive: true })
    return () => {
      window.removeEventListener('scroll', follow)
      window.removeEventListener('resize', update)
      clearTimeout(settling)
    }
  }, [at, height, isHigher, layout.total, look, placeNow, placeOf, rebase, scrollTo, update])
  return useMemo(() => ({ ...visible, height, base, at, scrollTo }), [visible, height, base, at, scrollTo])
}
