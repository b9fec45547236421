import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moveBefore, nextAfter, stepTarget } from './order'

const list = (letters: string) => Array.from(letters, (id) => ({ id }))
const text = (items: readonly { id: string }[]) => items.map(({ id }) => id).join('')
const chosen = (letters: string) => new Set(letters)

describe('moving within an album', () => {
  it('puts before another, to the front and to the end', () => {
    expect(text(moveBefore(list('abcde'), chosen('d'), 'b'))).toBe('adbce')
    expect(text(moveBefore(list('abcde'), chosen('bd'), 'a'))).toBe('bdace')
    expect(text(moveBefore(list('abcde'), chosen('ac'), null))).toBe('bdeac')
  })

  it('stays where it is before itself', () => {
    expect(text(moveBefore(list('abcde'), chosen('c'), 'c'))).toBe('abcde')
    expect(text(moveBefore(list('abcde'), chosen('bc'), 'b'))).toBe('abcde')
  })

  it('keeps everything, and the order of what stays and of what moves', () => {
    const some = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.boolean()), fc.option(fc.nat(39)), (names, flips, at) => {
        const items = names.map((id) => ({ id }))
        const ids = new Set(names.filter(() => flips.next().value === true))
        const before = at === null ? null : (names[at % names.length] ?? null)
        const after = moveBefore(items, ids, before).map((item) => item.id)
        expect([...after].sort()).toEqual([...names].sort())
        expect(after.filter((id) => ids.has(id))).toEqual(names.filter((id) => ids.has(id)))
        expect(after.filter((id) => !ids.has(id))).toEqual(names.filter((id) => !ids.has(id)))
        if (before !== null && !ids.has(before) && ids.size > 0)
          expect(ids.has(after[after.indexOf(before) - 1] ?? '')).toBe(true)
      }),
    )
  })

  it('goes back by what stood behind it', () => {
    expect(nextAfter(list('abcde'), chosen('bc'))).toBe('d')
    expect(nextAfter(list('abcde'), chosen('e'))).toBeNull()
    const there = moveBefore(list('abcde'), chosen('b'), null)
    expect(text(moveBefore(there, chosen('b'), nextAfter(list('abcde'), chosen('b'))))).toBe('abcde')
  })

  it('goes one step, and no further than the ends', () => {
    const go = (letters: string, step: -1 | 1) => {
      const target = stepTarget(list('abcde'), chosen(letters), step)
      return target === undefined ? 'no' : text(moveBefore(list('abcde'), chosen(letters), target))
    }
    expect(go('c', -1)).toBe('acbde')
    expect(go('c', 1)).toBe('abdce')
    expect(go('d', 1)).toBe('abced')
    expect(go('a', -1)).toBe('no')
    expect(go('e', 1)).toBe('no')
    expect(go('bc', 1)).toBe('adbce')
  })
})
