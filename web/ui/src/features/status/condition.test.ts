import { expect, it } from 'vitest'
import type { Status } from '@/api/types'
import { conditionOf, STUCK_MS, watchProgress } from './condition'

type Change = { volume?: string; model?: null; pending?: number; running?: number; failed?: number }

function status(change: Change = {}): Status {
  return {
    version: '1',
    volume: { state: change.volume ?? 'online', free_bytes: 1, total_bytes: 2 },
    model:
      change.model === null
        ? null
        : { name: 'starter', title: 'Starter', description: '', languages: ['en'], dimension: 512 },
    jobs: { pending: change.pending ?? 0, running: change.running ?? 0, failed: change.failed ?? 0 },
    assets: 0,
  } as unknown as Status
}
const look = (change: Change, more = {}) =>
  conditionOf(status(change), { isOffline: false, progress: null, now: 0, ...more }).kind

it('says nothing while all is well or nothing is known yet', () => {
  expect(look({})).toBe('well')
  expect(conditionOf(undefined, { isOffline: false, progress: null, now: 0 }).kind).toBe('well')
})

it('names the gravest thing first', () => {
  expect(look({ volume: 'missing', model: null, failed: 2 })).toBe('volume-missing')
  expect(look({ volume: 'foreign' })).toBe('volume-foreign')
  expect(look({ model: null, failed: 2 })).toBe('model-missing')
  expect(look({ failed: 2 })).toBe('failed')
  expect(look({ volume: 'missing' }, { isOffline: true })).toBe('offline')
})

it('shows how far a batch has come', () => {
  const first = watchProgress(null, status({ pending: 20 }), 0)
  const later = watchProgress(first, status({ pending: 5 }), 1000)
  expect(conditionOf(status({ pending: 5 }), { isOffline: false, progress: later, now: 1000 })).toEqual({
    kind: 'indexing',
    count: 5,
    part: 0.75,
  })
})

it('calls the worker behind only when nothing moves for long', () => {
  const first = watchProgress(null, status({ pending: 3 }), 0)
  const stuck = watchProgress(first, status({ pending: 3 }), STUCK_MS + 1)
  expect(conditionOf(status({ pending: 3 }), { isOffline: false, progress: stuck, now: STUCK_MS + 1 }).kind).toBe(
    'worker-behind',
  )
  const busy = watchProgress(first, status({ pending: 2, running: 1 }), STUCK_MS + 1)
  expect(
    conditionOf(status({ pending: 2, running: 1 }), { isOffline: false, progress: busy, now: STUCK_MS + 1 }).kind,
  ).toBe('well')
})
