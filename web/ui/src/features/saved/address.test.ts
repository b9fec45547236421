import { describe, expect, it } from 'vitest'
import { addressOf, asksTheSame, canKeep } from './address'

const ID = '0190a3c4-1111-7222-8333-444455556666'

describe('the place of a kept search', () => {
  it('has its words and filters', () => {
    expect(
      addressOf({ q: 'a dog -cat', narrowing: { folder: 'Trips', tag: 'sea,sun', undated: false, rating: null } }),
    ).toEqual({ q: 'a dog -cat', folder: 'Trips', tag: 'sea,sun' })
  })

  it('says in words what the address has no member for', () => {
    const narrowing = {
      album: ID,
      no_tag: 'work,my home',
      camera_like: 'Pixel 8',
      uploaded_from: '2024-01-01',
      min_pixels: 12_000_000,
      expires_within: 7,
      q: 'year:2019,2021',
    }
    expect(addressOf({ q: null, narrowing }).q).toBe(
      `album:${ID} -tag:work,"my home" camera:"Pixel 8" uploaded:2024-01-01.. larger:12000000px expires:7d year:2019,2021`,
    )
  })

  it('is told from others by what is asked there, not by how it is shown', () => {
    expect(asksTheSame({ q: 'a', tag: 'b', photo: ID, strength: 'strict' }, { tag: 'b', q: 'a' })).toBe(true)
    expect(asksTheSame({ q: 'a' }, { q: 'a', tag: 'b' })).toBe(false)
  })

  it('is worth keeping where something is asked that can be kept', () => {
    expect([canKeep({ q: 'a' }), canKeep({ tag: 'a' }), canKeep({ like: ID }), canKeep({})]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
