import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIVITY_KINDS, activityQuery, readActivitySearch } from './activity-search'

const ID = '0190a3c4-1111-7222-8333-444455556666'

describe('the address of the log', () => {
  it('keeps what it understands', () => {
    const search = { person: ID, kind: 'user', outcome: 'refused', from: '2026-01-31', to: '2026-02-01' }
    expect(readActivitySearch(search)).toEqual(search)
  })

  it('leaves out what makes no sense', () => {
    const nonsense = {
      person: 'ben',
      kind: 'toString',
      outcome: 'maybe',
      from: '2026-02-30',
      to: '0026-01-01',
      other: 1,
    }
    expect(readActivitySearch(nonsense)).toEqual({})
  })

  it('reads its own reading unchanged, whatever was typed', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.constantFrom(...Object.keys(ACTIVITY_KINDS)),
    )
    const typed = fc.dictionary(fc.constantFrom('person', 'kind', 'outcome', 'from', 'to'), anything)
    fc.assert(
      fc.property(typed, (raw) => {
        const once = readActivitySearch(raw)
        expect(readActivitySearch(once)).toEqual(once)
      }),
    )
  })
})

describe('what the server is asked', () => {
  it('is whole days of where the reader is', () => {
    const { since, until } = activityQuery({ from: '2026-03-29', to: '2026-03-29' })
    expect(since).toBe(new Date(2026, 2, 29).toISOString())
    expect(until).toBe(new Date(2026, 2, 30).toISOString())
  })

  it('has all actions of a kind', () => {
    expect(activityQuery({ kind: 'user', person: ID })).toEqual({ action: ['user', 'role'], person: ID })
    expect(activityQuery({})).toEqual({})
  })
})
