import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSearching, readLibrarySearch, without, withQuery } from './library-search'

const ID = '0190a3c4-1111-7222-8333-444455556666'

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

  it('prefers words to a picture to be like', () => {
    expect(readLibrarySearch({ q: 'a dog', like: ID })).toEqual({ q: 'a dog' })
    expect(readLibrarySearch({ like: ID.toUpperCase() })).toEqual({ like: ID })
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

  it('replaces the query and keeps the filters', () => {
    expect(withQuery({ like: ID, folder: 'A', photo: ID }, ' a cat ')).toEqual({ q: 'a cat', folder: 'A' })
    expect(withQuery({ q: 'a dog', tag: 'b' }, '')).toEqual({ tag: 'b' })
    expect(without({ q: 'a dog', tag: 'b' }, 'tag')).toEqual({ q: 'a dog' })
  })

  it('tells searching from browsing', () => {
    expect(isSearching({ folder: 'A' })).toBe(false)
    expect(isSearching({ like: ID })).toBe(true)
  })
})
