import { useEffect, useSyncExternalStore } from 'react'

function follow(listener: () => void): () => void {
  document.addEventListener('fullscreenchange', listener)
  return () => document.removeEventListener('fullscreenchange', listener)
}

/** Whether the page fills the screen, and how to change that; `toggle` is null where the browser can't. */
export function useFullScreen(): { isFull: boolean; toggle: (() => void) | null } {
  const isFull = useSyncExternalStore(follow, () => document.fullscreenElement !== null)
  useEffect(
    () => () => {
      // The grid is no place to be shut in.
      if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => undefined)
    },
    [],
  )
  const toggle = () => {
    const done = isFull ? document.exitFullscreen() : document.documentElement.requestFullscreen()
    // The browser may refuse, and says so itself.
    void done.catch(() => undefined)
  }
  return { isFull, toggle: document.fullscreenEnabled ? toggle : null }
}
