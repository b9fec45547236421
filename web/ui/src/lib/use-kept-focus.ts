import { useEffect, useRef } from 'react'

/** The places from which the focus comes back to the grid. */
const PLACES = '.photo-grid, .choice-bar'

/**
 * When the picture or the button that had the focus is gone, the keyboard goes on among the pictures; `state` is what
 * may have taken it away.
 */
export function useKeptFocus(...state: readonly unknown[]): void {
  const wasThere = useRef(false)
  useEffect(() => {
    const listen = (event: FocusEvent) => {
      wasThere.current = event.target instanceof Element && event.target.closest(PLACES) !== null
    }
    document.addEventListener('focusin', listen)
    return () => document.removeEventListener('focusin', listen)
  }, [])
  useEffect(() => {
    if (!wasThere.current || document.activeElement !== document.body) return
    const cell = document.querySelector<HTMLElement>('.photo-grid [data-index][tabindex="0"]')
    const home = cell ?? [...document.querySelectorAll<HTMLElement>('[data-focus-home]')].at(-1)
    home?.focus({ preventScroll: true })
    // Spread on purpose: how many they are never changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, state)
}
