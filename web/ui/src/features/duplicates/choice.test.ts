import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AlikeGroup } from '@/api/types'
import { aheadBy, decided, proposed, toggled, type Kept } from './choice'

const member = (id: string, more: object = {}) => ({
  id,
  mine: true,
  width: 100,
  height: 100,
  bytes: 1000,
  taken: null,
  uploaded_at: '2026-01-01T00:00:00Z',
  ...more,
})

const group = (members: object[], best = 'a') =>
  ({ id: 'g', members, best: { id: best, why: [] } }) as unknown as AlikeGroup

describe('what stays of a group', () => {
  it('is the best one until somebody says otherwise', () => {
    const three = group([member('a'), member('b'), member('c')])
    expect(decided(three, proposed(three))).toEqual({ keep: 'a', trash: ['b', 'c'] })
    expect(decided(three, toggled(proposed(three), 'c'))).toEqual({ keep: 'a', trash: ['b'] })
    expect(decided(three, new Set(['b']))).toEqual({ keep: 'b', trash: ['a', 'c'] })
    expect(decided(three, new Set(['a', 'b', 'c']))).toBeNull()
  })

  it('is never nothing, whatever is pressed, and nothing both stays and goes', () => {
    const ids = ['a', 'b', 'c', 'd']
    const all = group(ids.map((id) => member(id)))
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ids)), (pressed) => {
        const kept = pressed.reduce<Kept>(toggled, proposed(all))
        const decision = decided(all, kept)
        expect(kept.size).toBeGreaterThan(0)
        expect(decision?.trash.some((id) => kept.has(id)) ?? false).toBe(false)
        expect((decision?.trash.length ?? 0) + kept.size).toBe(ids.length)
      }),
    )
  })

  it('is not for one to say of what is somebody else’s', () => {
    const mixed = group([member('a'), member('b', { mine: false })])
    expect(decided(mixed, proposed(mixed))).toBeNull()
  })

  it('is told by what one is ahead of all others', () => {
    const two = group([
      member('a', { width: 200, bytes: 900 }),
      member('b', { taken: { local: '2020-05-01T10:00:00' } }),
    ])
    expect([...aheadBy(two, 'a')]).toEqual(['pixels'])
    expect([...aheadBy(two, 'b')]).toEqual(['bytes', 'oldest'])
    expect([...aheadBy(group([member('a'), member('b')]), 'a')]).toEqual([])
  })
})
