import type { KeyboardEvent } from 'react'

/** What the keys of the viewer do; null where the person may not. */
export type Actions = {
  step: (by: -1 | 1) => void
  zoom: (factor: number) => void
  whole: () => void
  actual: () => void
  /** Moves what is zoomed by parts of the stage; false where the whole picture is seen. */
  pan: (x: number, y: number) => boolean
  details: () => void
  like: () => void
  download: () => void
  favourite: (() => void) | null
  rate: ((stars: number) => void) | null
  trash: (() => void) | null
}

const ZOOM_STEP = 1.5
const PAN_PART = 0.2

const ARROWS: Readonly<Record<string, { x: number; y: number }>> = {
  ArrowLeft: { x: PAN_PART, y: 0 },
  ArrowRight: { x: -PAN_PART, y: 0 },
  ArrowUp: { x: 0, y: PAN_PART },
  ArrowDown: { x: 0, y: -PAN_PART },
}

const nothing = (): void => undefined

/** The other keys; Space is among them so that the page below does not scroll. */
const KEYS: Readonly<Record<string, (actions: Actions) => (() => void) | null>> = {
  ArrowRight: (actions) => () => actions.step(1),
  ArrowLeft: (actions) => () => actions.step(-1),
  '+': (actions) => () => actions.zoom(ZOOM_STEP),
  '=': (actions) => () => actions.zoom(ZOOM_STEP),
  '-': (actions) => () => actions.zoom(1 / ZOOM_STEP),
  '0': (actions) => actions.whole,
  z: (actions) => actions.actual,
  i: (actions) => actions.details,
  '.': (actions) => actions.like,
  d: (actions) => actions.download,
  f: (actions) => actions.favourite,
  Delete: (actions) => actions.trash,
  ' ': () => nothing,
}

/** What a key does, or null for one that is not the viewer's. */
export function actionOf(key: string, isShifted: boolean, actions: Actions): (() => void) | null {
  const arrow = ARROWS[key]
  if (arrow && (isShifted || arrow.x === 0)) return () => void actions.pan(arrow.x, arrow.y)
  const { rate } = actions
  if (/^[1-5]$/.test(key)) return rate && (() => rate(Number(key)))
  return Object.hasOwn(KEYS, key) ? (KEYS[key]?.(actions) ?? null) : null
}

/** Whether the key belongs to what has the focus: a text that is being written, a menu, a button that is pressed. */
export function isTaken(event: KeyboardEvent): boolean {
  const { target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true
  // Menus and sheets of the details lie elsewhere in the document, and their keys are theirs.
  if (!(target instanceof Element) || !event.currentTarget.contains(target)) return true
  if (target.closest('input, textarea, select, [contenteditable], [role="listbox"], [role="slider"]')) return true
  return event.key === ' ' && target.closest('button, a, [role="button"]') !== null
}
