import { useEffect, useRef, type MouseEvent, type PointerEvent } from 'react'
import { chooseRange, clear, selection, toggle, type Chosen } from '@/lib/selection'
import { useStore } from '@/lib/store'
import type { GridSource } from './source'

const LONG_PRESS_MS = 450
/** A finger that moves further scrolls. */
const STILL_PX = 10
/** What is above the grid and hears Escape first. */
const LAYERS = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]'

function indexAt(target: EventTarget): number {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null
  return cell ? Number(cell.dataset['index']) : -1
}

/** Nothing stays chosen on another screen, and Escape chooses nothing wherever the focus is. */
function useScope(scope: string | undefined): void {
  useEffect(() => clear, [scope])
  useEffect(() => {
    if (scope === undefined) return
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || selection.get().size === 0) return
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select')
      if (!isTyping && !document.querySelector(LAYERS)) clear()
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [scope])
}

/** A press that lasts is heard once, and the click that ends it is not. */
function useLongPress(onLongPress: (index: number) => void) {
  const press = useRef({ timer: 0, x: 0, y: 0, isHeard: false })
  const stop = () => clearTimeout(press.current.timer)
  useEffect(() => () => clearTimeout(press.current.timer), [])
  return {
    /** Whether this click only ends a long press. */
    endsPress: (): boolean => {
      const { isHeard } = press.current
      press.current.isHeard = false
      return isHeard
    },
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        stop()
        press.current.isHeard = false
        const index = indexAt(event.target)
        if (event.pointerType === 'mouse' || !event.isPrimary || index < 0) return
        press.current.x = event.clientX
        press.current.y = event.clientY
        press.current.timer = window.setTimeout(() => {
          press.current.isHeard = true
          onLongPress(index)
        }, LONG_PRESS_MS)
      },
      onPointerMove: (event: PointerEvent) => {
        if (Math.hypot(event.clientX - press.current.x, event.clientY - press.current.y) > STILL_PX) stop()
      },
      onPointerUp: stop,
      onPointerCancel: stop,
      // The menu of the link would open on the same press.
      onContextMenu: (event: MouseEvent) => {
        if ((event.nativeEvent as globalThis.PointerEvent).pointerType === 'touch') event.preventDefault()
      },
    },
  }
}

type Choosing = {
  chosen: Chosen
  onClick: (event: MouseEvent) => void
  handlers: Partial<ReturnType<typeof useLongPress>['handlers']>
}

/**
 * Opens and chooses pictures by mouse and touch. Without a `scope` nothing can be chosen; what is chosen belongs to it
 * and is gone when it changes.
 */
export function useChoosing(source: GridSource, scope: string | undefined, onOpen: (index: number) => void): Choosing {
  const chosen = useStore(selection)
  useScope(scope)
  const canChoose = scope !== undefined
  const choose = (index: number, isRange: boolean) => {
    const item = source.item(index)
    if (isRange && chosen.size > 0) void chooseRange(source, index)
    else if (item) toggle(item, index)
  }
  const press = useLongPress((index) => {
    choose(index, false)
    if ('vibrate' in navigator) navigator.vibrate(10)
  })
  return {
    chosen,
    handlers: canChoose ? press.handlers : {},
    onClick: (event) => {
      const index = indexAt(event.target)
      if (index < 0 || event.button !== 0) return
      if (press.endsPress()) {
        event.preventDefault()
        return
      }
      const onCheck = event.target instanceof Element && event.target.closest('.thumb-check') !== null
      if (canChoose && (onCheck || chosen.size > 0 || event.shiftKey)) {
        event.preventDefault()
        choose(index, event.shiftKey)
      } else if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
        event.preventDefault()
        if (source.item(index)) onOpen(index)
      }
    },
  }
}
