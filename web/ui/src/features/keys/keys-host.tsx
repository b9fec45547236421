import { lazy, Suspense, useEffect } from 'react'
import { createStore, useStore } from '@/lib/store'
import { runLastAction } from '@/lib/toasts'
import { isTyping } from '@/lib/typing'

const KeysSheet = lazy(() => import('./keys-sheet'))

const isShown = createStore(false)

/** Shows all keys of the page. */
export function showKeys(): void {
  isShown.set(true)
}

/** The keys that work on every screen: `?` shows all keys, and Ctrl+Z takes back what was just done. */
export function KeysHost() {
  const shown = useStore(isShown)
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isTyping(event.target)) return
      const isCommand = event.ctrlKey || event.metaKey
      if (event.key === '?' && !isCommand) showKeys()
      else if (!(isCommand && !event.shiftKey && event.key.toLowerCase() === 'z' && runLastAction())) return
      event.preventDefault()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
  if (!shown) return null
  return (
    <Suspense>
      <KeysSheet onClose={() => isShown.set(false)} />
    </Suspense>
  )
}
