import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { rowAt, type GridLayout } from './layout'

/** Rows `from` to `to` (inclusive) are to be in the document; `load` is false while flying past. */
export type VisibleRows = { from: number; to: number; load: boolean }

const OVERSCAN_PX = 800
const OVERSCAN_IN_FLIGHT_PX = 200
/** Faster than anyone can look at pictures. */
const FLIGHT_PX_PER_MS = 6
const SETTLE_MS = 90

/** Follows the window's scrolling and says which rows of the grid in `box` are near the screen. */
export function useVisibleRows(box: HTMLElement | null, layout: GridLayout): VisibleRows {
  const [visible, setVisible] = useState<VisibleRows>({ from: 0, to: -1, load: true })
  const last = useRef({ y: 0, at: 0 })
  const update = useCallback(() => {
    if (!box) return
    const now = performance.now()
    const y = -box.getBoundingClientRect().top
    const flying =
      Math.abs(y - last.current.y) / Math.max(8, now - last.current.at) > FLIGHT_PX_PER_MS && last.current.at > 0
    last.current = { y, at: now }
    const over = flying ? OVERSCAN_IN_FLIGHT_PX : OVERSCAN_PX
    const from = rowAt(layout, y - over)
    const to = rowAt(layout, y + window.innerHeight + over)
    setVisible((was) =>
      was.from === from && was.to === to && was.load === !flying ? was : { from, to, load: !flying },
    )
  }, [box, layout])
  useLayoutEffect(update, [update])
  useEffect(() => {
    let settling = 0
    const follow = () => {
      clearTimeout(settling)
      // After the last event the flight is over, and what is on screen is loaded.
      settling = window.setTimeout(update, SETTLE_MS)
      update()
    }
    window.addEventListener('scroll', follow, { passive: true })
    window.addEventListener('resize', follow, { passive: true })
    return () => {
      window.removeEventListener('scroll', follow)
      window.removeEventListener('resize', follow)
      clearTimeout(settling)
    }
  }, [update])
  return visible
}
