import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Edit } from '@/api/types'
import { progressOf, requestsFor, sumOf } from './edits'

function edit(members: Partial<Edit>): Edit {
  return {
    id: 'e',
    state: 'done',
    changes: {},
    total: 0,
    done: 0,
    skipped: 0,
    undone: 0,
    kept: 0,
    error_code: null,
    error_text: null,
    created_at: '2026-01-01T00:00:00Z',
    finished_at: null,
    ...members,
  }
}

describe('a change of many pictures', () => {
  it('names each picture once, in order, and never more at once than the server takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 45_000 }), (count) => {
        const ids = Array.from({ length: count }, (_, k) => String(k))
        const requests = requestsFor({ favourite: true }, { ids })
        expect(requests.flatMap((request) => request.ids ?? [])).toEqual(ids)
        expect(requests.length).toBe(Math.ceil(count / 10_000))
        for (const { changes, ids: some } of requests) {
          expect(changes).toEqual({ favourite: true })
          expect(some?.length).toBeLessThanOrEqual(10_000)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('of all that a filter finds is one request that says which library was seen', () => {
    const which = { filter: { tag: 'sea' }, revision: 'r7', count: 12_345 }
    expect(requestsFor({ trash: true }, which)).toEqual([
      { changes: { trash: true }, filter: { tag: 'sea' }, revision: 'r7' },
    ])
  })

  it('is summed up over its parts, and its progress leaves out what is passed over', () => {
    const parts = [
      edit({ total: 10_000, done: 10_000 }),
      edit({ state: 'running', total: 700, done: 200, skipped: 100 }),
    ]
    expect(sumOf(parts)).toEqual({ total: 10_700, done: 10_200, skipped: 100, undone: 0, kept: 0, isOpen: true })
    expect(progressOf(parts)).toEqual({ done: 10_200, total: 10_600 })
  })

  it('that is taken back comes as far as it was done, whatever was changed since', () => {
    expect(progressOf([edit({ state: 'undoing', total: 900, done: 600, undone: 200, kept: 50 })])).toEqual({
      done: 250,
      total: 600,
    })
  })
})
