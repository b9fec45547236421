import { useCallback, useEffect, useRef, useState, type PointerEvent, type RefObject } from 'react'

/** So far a pointer goes before a press is a drag, in pixels. */
const SLACK_PX = 6
/** So long a finger rests before it drags: a shorter touch scrolls. */
const LONG_PRESS_MS = 320
/** So near the edge of the window the page scrolls along, in pixels, and by so many per frame. */
const EDGE_PX = 72
const SCROLL_PX = 14

type Over = { id: string; edge: 'before' | 'after' }
type Press = { id: string; x: number; y: number; pointer: number; timer: number | null }

function faceAt(x: number, y: number): HTMLElement | null {
  return document.elementFromPoint(x, y)?.closest<HTMLElement>('.tile')?.querySelector('.tile-face') ?? null
}

/**
 * Dragging the tiles of a list: with a mouse at once, with a finger after resting on one. `onDrop` says before which
 * tile it was let go, null behind all. Escape ends it and changes nothing.
 */
export function useDrag(list: RefObject<HTMLElement | null>, onDrop: (id: string, before: string | null) => void) {
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<Over | null>(null)
  const press = useRef<Press | null>(null)
  const pointer = useRef({ x: 0, y: 0 })
  /** A click that ends a drag chooses nothing. */
  const swallow = useRef(false)

  const stop = useCallback(() => {
    if (press.current?.timer) clearTimeout(press.current.timer)
    press.current = null
    setDragged(null)
    setOver(null)
  }, [])
  const begin = useCallback((id: string) => {
    swallow.current = true
    setDragged(id)
  }, [])
  const look = useCallback(() => {
    const face = faceAt(pointer.current.x, pointer.current.y)
    const id = face?.dataset['id']
    if (!face || id === undefined) return
    const box = face.getBoundingClientRect()
    const edge = pointer.current.x < box.left + box.width / 2 ? 'before' : 'after'
    setOver((shown) => (shown?.id === id && shown.edge === edge ? shown : { id, edge }))
  }, [])

  useEffect(() => {
    if (dragged === null) return
    let frame = 0
    const scroll = () => {
      const { y } = pointer.current
      const step = y < EDGE_PX ? -SCROLL_PX : y > window.innerHeight - EDGE_PX ? SCROLL_PX : 0
      if (step !== 0) {
        window.scrollBy(0, step)
        look()
      }
      frame = requestAnimationFrame(scroll)
    }
    frame = requestAnimationFrame(scroll)
    const cancel = (event: KeyboardEvent) => event.key === 'Escape' && stop()
    const hold = (event: TouchEvent) => event.preventDefault()
    window.addEventListener('keydown', cancel)
    window.addEventListener('touchmove', hold, { passive: false })
    return () => {
      cancelAnimationFrame(frame)
      window.removeEventListener('keydown', cancel)
      window.removeEventListener('touchmove', hold)
    }
  }, [dragged, look, stop])

  const onPointerDown = (event: PointerEvent) => {
    const id = (event.target as Element).closest<HTMLElement>('.tile-face')?.dataset['id']
    swallow.current = false
    if (id === undefined || event.button !== 0) return
    pointer.current = { x: event.clientX, y: event.clientY }
    const timer = event.pointerType === 'mouse' ? null : window.setTimeout(() => begin(id), LONG_PRESS_MS)
    press.current = { id, x: event.clientX, y: event.clientY, pointer: event.pointerId, timer }
  }
  const onPointerMove = (event: PointerEvent) => {
    const pressed = press.current
    if (pressed?.pointer !== event.pointerId) return
    pointer.current = { x: event.clientX, y: event.clientY }
    if (dragged !== null) {
      look()
      return
    }
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < SLACK_PX) return
    // A finger that moves before it rested scrolls.
    if (event.pointerType === 'mouse') {
      list.current?.setPointerCapture(event.pointerId)
      begin(pressed.id)
    } else stop()
  }
  const onPointerUp = () => {
    if (dragged !== null && over !== null) {
      const faces = [...(list.current?.querySelectorAll<HTMLElement>('.tile-face') ?? [])]
      const at = faces.findIndex((face) => face.dataset['id'] === over.id)
      onDrop(dragged, (over.edge === 'before' ? faces[at] : faces[at + 1])?.dataset['id'] ?? null)
    }
    stop()
  }
  const onClickCapture = (event: { stopPropagation: () => void; preventDefault: () => void }) => {
    if (!swallow.current) return
    swallow.current = false
    event.stopPropagation()
    event.preventDefault()
  }
  const onContextMenu = (event: { preventDefault: () => void }) => {
    // A finger that rests on a picture lifts it; the system's menu would take it away again.
    if (press.current !== null && press.current.timer !== null) event.preventDefault()
  }
  return {
    dragged,
    over,
    handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: stop, onClickCapture, onContextMenu },
  }
}
