import { createStore } from './store'

export type Toast = {
  id: number
  text: string
  action?: { label: string; run: () => void }
  /** How far what it tells of has come; such a message stays until it is changed or closed. */
  progress?: { done: number; total: number }
}

/** The messages on show, oldest first. */
export const toasts = createStore<readonly Toast[]>([])

const MAX_SHOWN = 3
let lastId = 0

/** The messages with one more; the oldest make room for it, but none that tells of what is still going on. */
export function withToast(shown: readonly Toast[], toast: Toast): readonly Toast[] {
  const over = shown.length + 1 - MAX_SHOWN
  const passing = shown.filter((each) => !each.progress).slice(0, Math.max(0, over))
  return [...shown.filter((each) => !passing.includes(each)), toast]
}

/** Shows a message and gives its id; one with an action stays longer, and all stay while one is pointed at. */
export function showToast(text: string, action?: Toast['action'], progress?: Toast['progress']): number {
  lastId += 1
  const toast = { id: lastId, text, ...(action ? { action } : {}), ...(progress ? { progress } : {}) }
  toasts.set(withToast(toasts.get(), toast))
  return lastId
}

/** Says how far what a message tells of has come; nothing where it was closed meanwhile. */
export function progressToast(id: number, progress: NonNullable<Toast['progress']>): void {
  toasts.set(toasts.get().map((toast) => (toast.id === id ? { ...toast, progress } : toast)))
}

export function closeToast(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id))
}

/** Does what the latest message offers, an undo for example; whether there was anything. */
export function runLastAction(): boolean {
  const last = toasts.get().findLast((toast) => toast.action && !toast.progress)
  if (!last) return false
  closeToast(last.id)
  last.action?.run()
  return true
}
