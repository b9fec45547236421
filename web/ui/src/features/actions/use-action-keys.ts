import { useEffect, useEffectEvent } from 'react'
import type { ChosenItem } from '@/lib/selection'
import { isTyping } from '@/lib/typing'

/** What is above the page and has keys of its own. */
const LAYERS = '[role=dialog], [role=alertdialog], [role=menu]'

/** The place in its grid of the picture that has the focus; -1 where none has. */
function focusedIndex(): number {
  const cell = document.activeElement?.closest<HTMLElement>('.photo-grid [data-index]')
  return cell ? Number(cell.dataset['index']) : -1
}

type Keys = {
  /** Whether there is anything to act on: what is chosen, or else the picture with the focus. */
  hasTarget: (focused: ChosenItem | null) => boolean
  itemAt: (index: number) => ChosenItem | null
  /** Does what the key means; whether it means anything. */
  onKey: (key: string, focused: ChosenItem | null) => boolean
}

/** Hears the keys of the actions, as long as no text is written and nothing lies above the page. */
export function useActionKeys({ hasTarget, itemAt, onKey }: Keys): void {
  const listen = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector(LAYERS)) return
    const index = focusedIndex()
    const focused = index < 0 ? null : itemAt(index)
    if (hasTarget(focused) && onKey(event.key, focused)) event.preventDefault()
  })
  useEffect(() => {
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
}
