import { expect, it } from 'vitest'
import type { Status } from '@/api/types'
import { conditionOf, STUCK_MS, watchProgress } from './condition'

type Change = {
  volume?: string
  writable?: boolean
  room?: string
  model?: null
  absence?: string
  worker?: string
  pending?: number
  running?: number
  failed?: number
}

function status(change: Change = {}): Status {
  return {
    version: '1',
    volume: {
      state: change.volume ?? 'online',
      writable: change.writable ?? true,
      room: change.room ?? 'enough',
      free_bytes: 1,
      total_bytes: 2,
    },
    model_absence: change.absence ?? null,
    worker: { state: change.worker ?? 'there' },
    model:
      change.model === null
        ? null
        : { name: 'starter', title: 'Starter', description: '', languages: ['en'], dimension: 512 },
    jobs: { pending: change.pending ?? 0, running: change.running ?? 0, failed: change.failed ?? 0 },
    assets: 0,
  } as unknown as Status
}
const look = (change: Change, more = {}) =>
  conditionOf(status(change), { away: null, progress: null, now: 0, ...more }).kind

it('says nothing while all is well or nothing is known yet', () => {
  expect(look({})).toBe('well')
  expect(conditionOf(undefined, { away: null, progress: null, now: 0 }).kind).toBe('well')
})

it('names the gravest thing first', () => {
  expect(look({ volume: 'missing', model: null, failed: 2 })).toBe('volume-missing')
  expect(look({ volume: 'foreign' })).toBe('volume-foreign')
  expect(look({ model: null, failed: 2 })).toBe('model-missing')
  expect(look({ failed: 2 })).toBe('failed')
  expect(look({ volume: 'missing' }, { away: 'offline' })).toBe('offline')
  expect(look({ volume: 'missing' }, { away: 'database-away' })).toBe('database-away')
  expect(look({ writable: false, room: 'none' })).toBe('volume-readonly')
  expect(look({ room: 'none', model: null })).toBe('disk-full')
  expect(look({ model: null, absence: 'encoder_down', worker: 'silent' })).toBe('encoder-down')
  expect(look({ model: null, absence: 'loading' })).toBe('model-loading')
  expect(look({ worker: 'silent', pending: 9 })).toBe('worker-silent')
  expect(look({ worker: 'unknown' })).toBe('well')
  expect(look({ room: 'low', failed: 1 })).toBe('failed')
  expect(look({ room: 'low' })).toBe('disk-low')
})

it('shows how far a batch has come', () => {
  const first = watchProgress(null, status({ pending: 20 }), 0)
  const later = watchProgress(first, status({ pending: 5 }), 1000)
  expect(conditionOf(status({ pending: 5 }), { away: null, progress: later, now: 1000 })).toEqual({
    kind: 'indexing',
    count: 5,
    part: 0.75,
  })
})

it('calls the worker behind only when nothing moves for long', () => {
  const first = watchProgress(null, status({ pending: 3 }), 0)
  const stuck = watchProgress(first, status({ pending: 3 }), STUCK_MS + 1)
  expect(conditionOf(status({ pending: 3 }), { away: null, progress: stuck, now: STUCK_MS + 1 }).kind).toBe(
    'worker-behind',
  )
  const busy = watchProgress(first, status({ pending: 2, running: 1 }), STUCK_MS + 1)
  expect(conditionOf(status({ pending: 2, running: 1 }), { away: null, progress: busy, now: STUCK_MS + 1 }).kind).toBe(
    'well',
  )
})
