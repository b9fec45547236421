import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { released, settle, WHOLE, zoomAt, type Point, type Release, type Size, type View } from './view'

const DOUBLE_MS = 300
const DOUBLE_ZOOM = 2.5
const SLOP_PX = 8
const WHEEL_STEP = 0.0022

type Stage = {
  /** Another picture starts whole again. */
  pictureId: string
  /** The element that takes the gestures. */
  element: HTMLElement | null
  size: Size
  fitted: Size
  most: number
  canStep: { next: boolean; previous: boolean }
  onRelease: (release: Exclude<Release, 'stay'>) => void
}

/** What the hands are doing; kept outside React, as it changes with every move. */
type Hands = {
  pointers: Map<number, Point>
  start: Point
  view: View
  spread: number
  moved: boolean
  lastTap: number
  track: { at: number; point: Point }[]
}

const noHands = (): Hands => ({
  pointers: new Map(),
  start: { x: 0, y: 0 },
  view: WHOLE,
  spread: 0,
  moved: false,
  lastTap: 0,
  track: [],
})

function spreadOf(pointers: Map<number, Point>): number {
  const [a, b] = [...pointers.values()]
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0
}

function middleOf(pointers: Map<number, Point>): Point {
  const all = [...pointers.values()]
  return { x: all.reduce((sum, p) => sum + p.x, 0) / all.length, y: all.reduce((sum, p) => sum + p.y, 0) / all.length }
}

/** Pixels per millisecond over the last moves. */
function speedOf(track: Hands['track']): Point {
  const first = track[0]
  const last = track.at(-1)
  const time = first && last ? Math.max(1, last.at - first.at) : 1
  return first && last
    ? { x: (last.point.x - first.point.x) / time, y: (last.point.y - first.point.y) / time }
    : { x: 0, y: 0 }
}

/** Wheel, pinch, drag, swipe and double tap on a picture. `drag` moves the whole picture while it is not zoomed. */
export function useGestures(stage: Stage) {
  const { element, size, fitted, most, pictureId } = stage
  const [held, setHeld] = useState({ id: pictureId, view: WHOLE })
  const [drag, setDrag] = useState<Point | null>(null)
  const [isPanning, setIsPanning] = useState(false)
  const view = held.id === pictureId ? held.view : WHOLE
  const setView = (next: View | ((now: View) => View)) =>
    setHeld((was) => ({
      id: pictureId,
      view: typeof next === 'function' ? next(was.id === pictureId ? was.view : WHOLE) : next,
    }))
  const hands = useRef<Hands | null>(null)
  const get = (): Hands => (hands.current ??= noHands())

  const fromMiddle = (x: number, y: number): Point => {
    const box = element?.getBoundingClientRect()
    return box ? { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 } : { x: 0, y: 0 }
  }
  const zoom = (factor: number, at: Point = { x: 0, y: 0 }) =>
    setView((now) => settle(zoomAt(now, factor, at, most), fitted, size))
  const toggle = (at: Point) =>
    setView((now) => (now.scale > 1 ? WHOLE : settle(zoomAt(now, DOUBLE_ZOOM, at, most), fitted, size)))

  const latestZoom = useRef(zoom)
  useEffect(() => {
    latestZoom.current = zoom
  })
  useEffect(() => {
    if (!element) return
    // React listens passively; the page below must not scroll.
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      const box = element.getBoundingClientRect()
      const at = { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 }
      latestZoom.current(Math.exp(-event.deltaY * WHEEL_STEP * (event.ctrlKey ? 3 : 1)), at)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [element])

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return
    const h = get()
    event.currentTarget.setPointerCapture(event.pointerId)
    h.pointers.set(event.pointerId, fromMiddle(event.clientX, event.clientY))
    Object.assign(h, { start: middleOf(h.pointers), view, spread: spreadOf(h.pointers), track: [] })
    if (h.pointers.size === 1) h.moved = false
  }
  const move = (event: PointerEvent) => {
    const h = get()
    if (!h.pointers.has(event.pointerId)) return
    h.pointers.set(event.pointerId, fromMiddle(event.clientX, event.clientY))
    const now = middleOf(h.pointers)
    const by = { x: now.x - h.start.x, y: now.y - h.start.y }
    if (!h.moved && Math.hypot(by.x, by.y) < SLOP_PX && h.pointers.size === 1) return
    h.moved = true
    setIsPanning(h.pointers.size > 1 || h.view.scale > 1)
    if (h.pointers.size > 1) {
      const pinched = zoomAt(h.view, spreadOf(h.pointers) / Math.max(1, h.spread), h.start, most)
      setView(settle({ ...pinched, x: pinched.x + by.x, y: pinched.y + by.y }, fitted, size))
    } else if (h.view.scale > 1) setView(settle({ ...h.view, x: h.view.x + by.x, y: h.view.y + by.y }, fitted, size))
    else {
      h.track = [...h.track.slice(-4), { at: event.timeStamp, point: now }]
      setDrag(resisted(by, stage.canStep, event.pointerType))
    }
  }
  const up = (event: PointerEvent) => {
    const h = get()
    if (!h.pointers.delete(event.pointerId)) return
    if (h.pointers.size > 0) {
      Object.assign(h, { start: middleOf(h.pointers), view, spread: spreadOf(h.pointers) })
      return
    }
    setIsPanning(false)
    if (drag) {
      const release = released(drag, speedOf(h.track), size)
      setDrag(null)
      if (release === 'close' || (release !== 'stay' && stage.canStep[release])) stage.onRelease(release)
    } else if (!h.moved) {
      if (event.timeStamp - h.lastTap < DOUBLE_MS) toggle(fromMiddle(event.clientX, event.clientY))
      h.lastTap = event.timeStamp
    }
  }
  const cancel = () => {
    hands.current = null
    setIsPanning(false)
    setDrag(null)
  }
  return {
    view: settle(view, fitted, size),
    drag,
    /** False while fingers move the picture: then it follows them without delay. */
    isFree: drag === null && !isPanning,
    zoom,
    reset: () => setView(WHOLE),
    handlers: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: cancel },
  }
}

/** A drag follows the finger along one axis; past the first and the last picture it follows half-heartedly. */
function resisted(by: Point, can: Stage['canStep'], pointerType: string): Point {
  if (Math.abs(by.y) > Math.abs(by.x)) return { x: 0, y: pointerType === 'touch' ? Math.max(0, by.y) : 0 }
  const blocked = by.x < 0 ? !can.next : !can.previous
  return { x: blocked ? by.x / 3 : by.x, y: 0 }
}
