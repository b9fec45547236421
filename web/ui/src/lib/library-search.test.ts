import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  changed,
  isHandle,
  isSearching,
  marksOf,
  readLibrarySearch,
  withMark,
  withLike,
  without,
  withQuery,
} from './library-search'
import { firstCharacters } from './reading'

const ID = '0190a3c4-1111-7222-8333-444455556666'
const OTHER = '0190a3c4-1111-7222-8333-444455557777'

describe('the address of the library', () => {
  it('keeps what it understands', () => {
    const search = { q: 'a dog', folder: 'Trips/Alps', tag: 'snow', photo: ID }
    expect(readLibrarySearch(search)).toEqual(search)
  })

  it('takes a query that looks like a number or a truth', () => {
    expect(readLibrarySearch({ q: 2024 })).toEqual({ q: '2024' })
    expect(readLibrarySearch({ q: true })).toEqual({ q: 'true' })
  })

  it('leaves out what makes no sense', () => {
    expect(readLibrarySearch({ q: '  ', like: 'x', photo: '../etc', folder: ['a'], tag: {}, other: 'y' })).toEqual({})
  })

  it('takes words and a picture to be like together', () => {
    expect(readLibrarySearch({ q: 'a dog', like: ID })).toEqual({ q: 'a dog', like: ID })
    expect(readLibrarySearch({ like: ID.toUpperCase() })).toEqual({ like: ID })
  })

  it('takes what stands for a picture of one’s own', () => {
    const like = 'Ab-_9'.repeat(200)
    expect(readLibrarySearch({ like })).toEqual({ like })
    expect([isHandle(like), isHandle(ID), isHandle(undefined)]).toEqual([true, false, false])
    expect(readLibrarySearch({ like: `${like}!` })).toEqual({})
    expect(readLibrarySearch({ like: 'a'.repeat(12_001) })).toEqual({})
  })

  it('weighs a picture only where there is one, and not more than the server takes', () => {
    expect(readLibrarySearch({ like: ID, like_weight: '0.5' })).toEqual({ like: ID, like_weight: 0.5 })
    expect(readLibrarySearch({ like: ID, like_weight: -99 })).toEqual({ like: ID, like_weight: -10 })
    for (const like_weight of [1, 0, 'much', Number.NaN, '', null])
      expect(readLibrarySearch({ like: ID, like_weight })).toEqual({ like: ID })
    expect(readLibrarySearch({ q: 'a', like_weight: 2 })).toEqual({ q: 'a' })
    expect(withLike({ q: 'a', like: ID, like_weight: 2, photo: ID }, ID)).toEqual({ q: 'a', like: ID })
    expect(withLike({ q: 'a', like: ID, like_weight: 2 }, undefined)).toEqual({ q: 'a' })
  })

  it('cuts a text that is too long between characters', () => {
    expect(firstCharacters('a🚲b', 2)).toBe('a🚲')
    expect(readLibrarySearch({ q: '🚲'.repeat(1500) }).q).toBe('🚲'.repeat(1000))
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (words, most) => {
        expect(Array.from(firstCharacters(words, most))).toEqual(Array.from(words).slice(0, most))
      }),
    )
  })

  it('reads its own reading unchanged, whatever was typed', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(ID),
      fc.constant(undefined),
      fc.array(fc.string()),
    )
    const record = fc.record({ q: anything, like: anything, folder: anything, tag: anything, photo: anything })
    fc.assert(
      fc.property(record, (raw) => {
        const once = readLibrarySearch(raw)
        expect(readLibrarySearch(once)).toEqual(once)
      }),
    )
  })

  it('replaces the words and keeps the rest', () => {
    expect(withQuery({ like: ID, folder: 'A', photo: ID }, ' a cat ')).toEqual({ q: 'a cat', like: ID, folder: 'A' })
    expect(withQuery({ q: 'a dog', tag: 'b' }, '')).toEqual({ tag: 'b' })
    expect(without({ q: 'a dog', tag: 'b' }, 'tag')).toEqual({ q: 'a dog' })
  })

  it('tells searching from browsing', () => {
    expect(isSearching({ folder: 'A' })).toBe(false)
    expect(isSearching({ like: ID })).toBe(true)
  })

  it('starts anew when it is narrowed, and ends what was said of another search', () => {
    const search = { q: 'a dog', right: ID, beyond: true, photo: ID, strength: 'strict' } as const
    expect(changed(search, { favourite: true })).toEqual({
      q: 'a dog',
      right: ID,
      strength: 'strict',
      favourite: true,
    })
    expect(changed({ q: 'a dog', tag: 'sea' }, { tag: undefined })).toEqual({ q: 'a dog' })
    expect(withQuery(search, 'a cat')).toEqual({ q: 'a cat', strength: 'strict' })
  })

  it('marks a picture one way at a time, and only where something is looked for', () => {
    const right = withMark({ q: 'a dog' }, ID, 'right')
    expect(right).toEqual({ q: 'a dog', right: ID })
    expect(withMark(right, OTHER, 'right')).toEqual({ q: 'a dog', right: `${ID},${OTHER}` })
    expect(withMark(right, ID, 'wrong')).toEqual({ q: 'a dog', wrong: ID })
    expect(withMark(right, ID, null)).toEqual({ q: 'a dog' })
    expect([...marksOf({ right: ID, wrong: OTHER })]).toEqual([
      [ID, 'right'],
      [OTHER, 'wrong'],
    ])
    expect(readLibrarySearch({ right: ID })).toEqual({})
    expect(readLibrarySearch({ q: 'a', right: `${ID},x`, wrong: `${ID},${OTHER}` })).toEqual({
      q: 'a',
      right: ID,
      wrong: OTHER,
    })
  })
})
