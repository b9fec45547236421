import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activeFilters, dropping, filtersOf, readFilters, togglingTag } from './library-filters'
import { changed, readLibrarySearch } from './library-search'
import { listed } from './reading'

const ID = '0190a3c4-1111-7222-8333-444455556666'

describe('filters in the address', () => {
  it('are kept as they are chosen, and given to the API by the same names', () => {
    const filters = {
      folder: 'Trips/Alps',
      tag: 'sea,snow',
      from: '2019-01-01',
      to: '2021-12-31',
      undated: true,
      type: 'image/heic',
      camera: 'Canon EOS R5',
      owner: 'ben',
      orientation: 'portrait',
      min_bytes: 500_000,
      max_bytes: 5_000_000,
      favourite: true,
      rating: 4,
      expiring: true,
      untagged: true,
    } as const
    expect(readLibrarySearch(filters)).toEqual(filters)
    expect(filtersOf({ ...filters, ...{ q: 'a dog', photo: ID } })).toEqual(filters)
    expect(activeFilters(filters)).toHaveLength(13)
  })

  it('are read from what the router makes of an address', () => {
    expect(readFilters({ tag: 2024, rating: '3', favourite: 1, camera: 5, min_bytes: '1000' })).toEqual({
      tag: '2024',
      rating: 3,
      favourite: true,
      camera: '5',
      min_bytes: 1000,
    })
  })

  it('know a camera that says nothing from no camera', () => {
    expect(readFilters({ camera: '' })).toEqual({ camera: '' })
    expect(activeFilters({ camera: '' })).toEqual(['camera'])
  })

  it('leave out what makes no sense', () => {
    expect(
      readFilters({
        from: '2024-02-31',
        to: 'yesterday',
        type: 'Image',
        orientation: 'round',
        rating: 6,
        min_bytes: -1,
        max_bytes: 1.5,
        favourite: 'no',
        folder_id: 'x',
      }),
    ).toEqual({})
  })

  it('turn what was given the wrong way round', () => {
    expect(readFilters({ from: '2024-05-01', to: '2020-01-01', min_bytes: 9, max_bytes: 3 })).toEqual({
      from: '2020-01-01',
      to: '2024-05-01',
      min_bytes: 3,
      max_bytes: 9,
    })
  })

  it('are dropped kind by kind', () => {
    const search = { q: 'a dog', from: '2020-01-01', to: '2020-12-31', rating: 3 }
    expect(activeFilters(search)).toEqual(['taken', 'rating'])
    expect(changed(search, dropping('taken'))).toEqual({ q: 'a dog', rating: 3 })
  })

  it('ask for several tags', () => {
    expect(togglingTag({}, 'sea')).toEqual({ tag: 'sea' })
    expect(togglingTag({ tag: 'sea' }, 'snow')).toEqual({ tag: 'sea,snow' })
    expect(togglingTag({ tag: 'sea,snow' }, 'sea')).toEqual({ tag: 'snow' })
    expect(togglingTag({ tag: 'sea' }, 'sea')).toEqual({ tag: undefined })
    expect(listed(' a, b ,,a')).toEqual(['a', 'b'])
  })

  it('are read the same when read again, whatever was typed', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(ID, '2020-01-01', '2024-12-31', 'image/png', 'portrait', 'a,b', ''),
      fc.array(fc.string()),
    )
    const names = ['folder', 'folder_id', 'tag', 'from', 'to', 'type', 'camera', 'owner', 'min_bytes', 'max_bytes']
    const raw = fc.dictionary(fc.constantFrom(...names, 'rating', 'favourite', 'q', 'right', 'wrong'), anything)
    fc.assert(
      fc.property(raw, (given) => {
        const once = readLibrarySearch(given)
        expect(readLibrarySearch(once)).toEqual(once)
        expect(filtersOf(once)).toEqual(readFilters(once))
      }),
    )
  })
})
