import { readPreference, writePreference } from '@/lib/preferences'
import { isMoving, type Entry } from './entry'

/** What a visit left behind: names of files that had not arrived, as the browser can't open them again by itself. */
export type Unfinished = { files: readonly UnfinishedFile[]; more: number }
export type UnfinishedFile = { path: string; size: number }
type Note = { person: string; at: number; more: number; files: [string, number][] }

/** More than these are counted, not named: a browser keeps five megabytes for a page. */
const MOST_NAMES = 2_000
const PREFIX = 'unfinished.'
/** Browsers let a tab in the background act once a minute; a tab that was silent for longer is gone. */
const SILENT_MS = 150_000

export function pathOf({ folder, name }: { folder: string; name: string }): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** A name of this tab that outlives a reload. */
function tabName(): string {
  try {
    const known = sessionStorage.getItem('tab') ?? Math.random().toString(36).slice(2)
    sessionStorage.setItem('tab', known)
    return known
  } catch {
    return 'only'
  }
}

function read(key: string): Note | null {
  try {
    const note = JSON.parse(readPreference(key) ?? '') as Partial<Note>
    return Array.isArray(note.files) && typeof note.person === 'string' ? ({ at: 0, more: 0, ...note } as Note) : null
  } catch {
    return null
  }
}

function keysOfNotes(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))
  } catch {
    return []
  }
}

/** Writes down what has not arrived yet; nothing is left where nothing moves. */
export function noteUnfinished(person: string, entries: readonly Entry[], left: Unfinished, now = Date.now()): void {
  const own = entries.filter(isMoving).map((entry): [string, number] => [pathOf(entry), entry.size])
  const files = [...left.files.map(({ path, size }): [string, number] => [path, size]), ...own]
  const more = left.more + Math.max(0, files.length - MOST_NAMES)
  const note: Note = { person, at: now, more, files: files.slice(0, MOST_NAMES) }
  writePreference(PREFIX + tabName(), files.length === 0 && more === 0 ? null : JSON.stringify(note))
}

/** What earlier visits of this person left in this browser, and no other tab is at work on. */
export function takeUnfinished(person: string, now = Date.now()): Unfinished {
  const own = PREFIX + tabName()
  let more = 0
  const files = new Map<string, UnfinishedFile>()
  for (const key of keysOfNotes()) {
    const note = read(key)
    const isLive = key !== own && note !== null && now - note.at < SILENT_MS
    if (isLive || (note !== null && note.person !== person)) continue
    writePreference(key, null)
    more += note?.more ?? 0
    for (const [path, size] of note?.files ?? []) files.set(`${path}\n${size}`, { path, size })
  }
  return { files: [...files.values()], more }
}

/** What is left of it once these are on their way again: a file is known by its name and size, wherever it lies. */
export function withoutAgain(left: Unfinished, entries: readonly Entry[]): Unfinished {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const here = new Set(entries.map(({ name, size }) => `${name}\n${size}`))
  const files = left.files.filter(({ path, size }) => !here.has(`${nameOf(path)}\n${size}`))
  return files.length === left.files.length ? left : { ...left, files, more: files.length === 0 ? 0 : left.more }
}
