import { describe, expect, it } from 'vitest'
import { filterOf } from './library-filter'

describe('all that the library shows', () => {
  it('is found by where it is browsed', () => {
    expect(filterOf({})).toEqual({})
    expect(filterOf({ folder: 'Trips', photo: 'p' })).toEqual({ folder: 'Trips' })
    expect(filterOf({ tag: 'sea' })).toEqual({ tag: 'sea' })
  })

  it('is found by filters in the box, and by nothing where there are words or a picture', () => {
    expect(filterOf({ q: 'is:favourite' })).toEqual({ q: 'is:favourite' })
    expect(filterOf({ q: 'tag:"old town" -type:video' })).toEqual({ q: 'tag:"old town" -type:video' })
    expect(filterOf({ q: 'a dog' })).toBeNull()
    expect(filterOf({ q: 'dog tag:sea' })).toBeNull()
    expect(filterOf({ like: 'x', tag: 'sea' })).toBeNull()
  })
})
