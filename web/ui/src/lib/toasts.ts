import { createStore } from './store'

export type Toast = { id: number; text: string; action?: { label: string; run: () => void } }

/** The messages on show, oldest first. */
export const toasts = createStore<readonly Toast[]>([])

const MAX_SHOWN = 3
let lastId = 0

/** Shows a short message; one with an action stays longer, and both stay while pointed at. */
export function showToast(text: string, action?: Toast['action']): void {
  lastId += 1
  toasts.set([...toasts.get().slice(1 - MAX_SHOWN), { id: lastId, text, ...(action ? { action } : {}) }])
}

export function closeToast(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id))
}
