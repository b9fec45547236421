import { useLayoutEffect, type RefObject } from 'react'

/** Gives the focus that goes with this element back to what opened it, marked `data-opens` in the same fact. */
export function useFocusBack(box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = box.current
    const fact = element?.closest('.fact')
    return () => {
      if (!element?.contains(document.activeElement)) return
      // What opened it is drawn again in its place a moment later.
      setTimeout(() => {
        const back = fact?.querySelector<HTMLElement>('[data-opens]') ?? fact?.closest<HTMLElement>('[data-focus-home]')
        back?.focus({ preventScroll: true })
      })
    }
  }, [box])
}
