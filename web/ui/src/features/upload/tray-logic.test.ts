import { beforeEach, describe, expect, it } from 'vitest'
import { accountText, inOrder } from './account-text'
import type { Entry, UploadState } from './entry'
import { RateMeter, waitingTime } from './rate'
import { noteUnfinished, takeUnfinished, withoutAgain } from './unfinished'

let lastId = 0
function entry(name: string, state: UploadState, folder = ''): Entry {
  lastId += 1
  return { id: lastId, name, folder, size: 10, state, progress: 0.5 } as Entry
}

describe('how fast it goes', () => {
  it('is known after two seconds, over the last twelve', () => {
    const meter = new RateMeter()
    meter.add(0, 0)
    meter.add(1_000, 100)
    expect(meter.rate()).toBeNull()
    meter.add(2_000, 200)
    expect(meter.rate()).toBe(100)
    meter.add(20_000, 200)
    expect(meter.rate()).toBeNull()
    meter.add(22_000, 600)
    expect(meter.rate()).toBe(200)
  })

  it('begins anew with another list', () => {
    const meter = new RateMeter()
    meter.add(0, 1_000)
    meter.add(3_000, 500)
    expect(meter.rate()).toBeNull()
  })

  it('gives a time as people say it', () => {
    expect(waitingTime(3)).toEqual({ value: 1, unit: 'minute' })
    expect(waitingTime(600)).toEqual({ value: 10, unit: 'minute' })
    expect(waitingTime(3 * 3600)).toEqual({ value: 3, unit: 'hour' })
  })
})

describe('the list', () => {
  const entries = [
    entry('a.jpg', 'done', 'Zoo'),
    entry('b.txt', 'rejected'),
    entry('c.jpg', 'uploading'),
    entry('d.jpg', 'waiting'),
    entry('e.jpg', 'cancelled'),
  ]

  it('begins with what is being sent and what needs a hand', () => {
    expect(inOrder(entries, null).map(({ name }) => name)).toEqual(['c.jpg', 'b.txt', 'e.jpg', 'a.jpg', 'd.jpg'])
    expect(inOrder(entries, 'problem').map(({ name }) => name)).toEqual(['b.txt', 'e.jpg'])
  })

  it('becomes a text that names every file once', () => {
    const text = accountText(
      entries,
      'Today',
      (outcome, count) => `${outcome}: ${count}`,
      ({ state }) => state,
    )
    expect(text).toBe(
      'Today\nproblem: 2 · moving: 2 · added: 1\n\nproblem: 2\n  b.txt – rejected\n  e.jpg – cancelled\n\n' +
        'moving: 2\n  c.jpg – uploading\n  d.jpg – waiting\n\nadded: 1\n  Zoo/a.jpg – done\n',
    )
  })
})

/** As much of a browser's storage as is used. */
function storage(): Storage {
  const kept: Record<string, unknown> = {}
  const own = { enumerable: false, writable: true }
  return Object.defineProperties(kept, {
    getItem: { ...own, value: (key: string) => (kept[key] as string | undefined) ?? null },
    setItem: { ...own, value: (key: string, value: string) => (kept[key] = value) },
    removeItem: { ...own, value: (key: string) => Reflect.deleteProperty(kept, key) },
  }) as unknown as Storage
}

describe('what was left unfinished', () => {
  const nothing = { files: [], more: 0 }
  beforeEach(() => {
    globalThis.localStorage = storage()
    globalThis.sessionStorage = storage()
  })
  const anotherTab = () => (globalThis.sessionStorage = storage())

  it('is known again after a reload, by its names', () => {
    noteUnfinished('anna', [entry('a.jpg', 'uploading', 'Zoo'), entry('b.jpg', 'done')], nothing)
    expect(takeUnfinished('anna')).toEqual({ files: [{ path: 'Zoo/a.jpg', size: 10 }], more: 0 })
    expect(takeUnfinished('anna')).toEqual(nothing)
  })

  it('is nobody else’s, and not told of while another tab is at work on it', () => {
    noteUnfinished('anna', [entry('a.jpg', 'waiting')], nothing, 1_000_000)
    anotherTab()
    expect(takeUnfinished('bert', 9_000_000)).toEqual(nothing)
    expect(takeUnfinished('anna', 1_060_000)).toEqual(nothing)
    expect(takeUnfinished('anna', 1_200_000).files).toHaveLength(1)
  })

  it('is forgotten once nothing is left', () => {
    noteUnfinished('anna', [entry('a.jpg', 'waiting')], nothing)
    noteUnfinished('anna', [entry('a.jpg', 'done')], nothing)
    expect(takeUnfinished('anna')).toEqual(nothing)
  })

  it('is counted where there are too many names, and survives nonsense in the storage', () => {
    const many = Array.from({ length: 2_010 }, (_, i) => entry(`${i}.jpg`, 'waiting'))
    noteUnfinished('anna', many, nothing)
    localStorage.setItem('unfinished.odd', '{"files": 3')
    const left = takeUnfinished('anna')
    expect([left.files.length, left.more]).toEqual([2_000, 10])
  })

  it('shrinks with each file that is chosen again, wherever it lies', () => {
    const left = {
      files: [
        { path: 'Zoo/a.jpg', size: 10 },
        { path: 'b.jpg', size: 10 },
      ],
      more: 0,
    }
    expect(withoutAgain(left, [entry('a.jpg', 'waiting')]).files).toEqual([{ path: 'b.jpg', size: 10 }])
    expect(withoutAgain(left, [entry('z.jpg', 'waiting')])).toBe(left)
  })
})
