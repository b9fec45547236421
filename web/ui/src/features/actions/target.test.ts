import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areFavourites, changeable, countOf, dateChange, tagsIn, type Target } from './target'

const item = (id: string, mine = true, favourite = false) => ({ id, filename: `${id}.jpg`, mine, favourite })
const some = (...items: ReturnType<typeof item>[]): Target => ({ items, whole: null })

describe('what an action is about', () => {
  it('are one’s own pictures, and how many are somebody else’s is known', () => {
    const target = some(item('a'), item('b', false), item('c'))
    expect(countOf(target)).toBe(3)
    expect(changeable(target)).toEqual({ which: { ids: ['a', 'c'] }, others: 1, count: 2 })
  })

  it('is a filter with what was seen, where all that it finds was chosen', () => {
    const whole = { filter: { tag: 'sea' }, revision: 'r1', count: 12_345, tags: ['sea'] }
    const target: Target = { items: [item('a')], whole }
    expect(countOf(target)).toBe(12_345)
    expect(changeable(target)).toEqual({
      which: { filter: { tag: 'sea' }, revision: 'r1', count: 12_345 },
      others: 0,
      count: 12_345,
    })
    expect(areFavourites(target)).toBe(false)
  })

  it('are favourites when all of one’s own are', () => {
    expect(areFavourites(some(item('a', true, true), item('b', false)))).toBe(true)
    expect(areFavourites(some(item('a', true, true), item('b')))).toBe(false)
    expect(areFavourites(some(item('b', false)))).toBe(false)
  })
})

describe('another date', () => {
  it('is so many minutes later or earlier, and never none', () => {
    const part = fc.integer({ min: 0, max: 400 })
    fc.assert(
      fc.property(part, part, part, fc.boolean(), (days, hours, minutes, later) => {
        const sum = days * 1440 + hours * 60 + minutes
        const change = dateChange({ how: 'shift', later, days, hours, minutes })
        expect(change).toEqual(sum === 0 ? null : { shift_taken_minutes: later ? sum : -sum })
      }),
    )
    expect(dateChange({ how: 'shift', later: true, days: Number.NaN, hours: 1, minutes: 0 })).toBeNull()
  })

  it('is one for all, or what the files say', () => {
    expect(dateChange({ how: 'set', local: '' })).toBeNull()
    expect(dateChange({ how: 'set', local: '2024-05-01T10:00' })).toEqual({ taken: { local: '2024-05-01T10:00' } })
    expect(dateChange({ how: 'file' })).toEqual({ taken: null })
  })
})

describe('tags that are written', () => {
  it('are apart by commas, and each is there once', () => {
    expect(tagsIn(' sea, Sun ,,SEA, snow', ['sun'])).toEqual(['sea', 'snow'])
    expect(tagsIn('  ', [])).toEqual([])
  })
})
