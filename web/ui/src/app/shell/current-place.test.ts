import { describe, expect, it } from 'vitest'
import { currentPlace } from './current-place'

const PLACES = [
  { to: '/' },
  { to: '/', search: { q: 'is:favourite' } },
  { to: '/folders' },
  { to: '/tags' },
  { to: '/people' },
  { to: '/people/activity' },
]
const at = (path: string, search = {}) => PLACES.indexOf(currentPlace(PLACES, path, search) ?? { to: '' })

describe('the place that one is at', () => {
  it('is the library, also while something is looked for or open', () => {
    expect(at('/')).toBe(0)
    expect(at('/', { q: 'a dog', photo: 'x' })).toBe(0)
    expect(at('/', { q: 'a dog', folder: 'Trips' })).toBe(0)
  })

  it('is a part of the library where that says more', () => {
    expect(at('/', { q: 'is:favourite' })).toBe(1)
    expect(at('/', { q: 'is:favourite', photo: 'x' })).toBe(1)
  })

  it('is the folders or the tags for what is within one', () => {
    expect(at('/', { folder: 'Trips' })).toBe(2)
    expect(at('/', { folder_id: 'x', photo: 'y' })).toBe(2)
    expect(at('/', { tag: 'sea' })).toBe(3)
    expect(at('/tags/abc')).toBe(3)
  })

  it('is the longest address, and nothing where there is none', () => {
    expect(at('/people')).toBe(4)
    expect(at('/people/activity')).toBe(5)
    expect(at('/peoples')).toBe(-1)
    expect(at('/account')).toBe(-1)
  })
})
