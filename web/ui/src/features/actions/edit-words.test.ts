import { describe, expect, it } from 'vitest'
import { wordsOf } from './edit-words'

const names = { folders: new Map([['f1', 'Trips']]), albums: new Map([['a1', 'Summer']]) }

describe('what was changed', () => {
  it('is told by what became of the pictures', () => {
    expect(wordsOf({ trash: true }, names)).toEqual({ key: 'trash' })
    expect(wordsOf({ favourite: false }, names)).toEqual({ key: 'notFavourite' })
    expect(wordsOf({ rating: null }, names)).toEqual({ key: 'noRating' })
    expect(wordsOf({ taken: { local: '2024-01-01T00:00:00' } }, names)).toEqual({ key: 'taken' })
    expect(wordsOf({ shift_taken_minutes: -60 }, names)).toEqual({ key: 'shifted' })
    expect(wordsOf({}, names)).toEqual({ key: 'other' })
  })

  it('names folders and albums as they are called now, as long as they are there', () => {
    expect(wordsOf({ folder_id: 'f1' }, names)).toEqual({ key: 'folder', name: 'Trips' })
    expect(wordsOf({ folder_id: 'gone' }, names)).toEqual({ key: 'otherFolder' })
    expect(wordsOf({ folder_id: null }, names)).toEqual({ key: 'noFolder' })
    expect(wordsOf({ add_to_album: 'a1' }, names)).toEqual({ key: 'addToAlbum', name: 'Summer' })
    expect(wordsOf({ remove_from_album: 'gone' }, names)).toEqual({ key: 'removeFromSomeAlbum' })
  })

  it('says tags and lives by their values', () => {
    expect(wordsOf({ add_tags: ['sea', 'sun'] }, names)).toEqual({ key: 'addTags', tags: 'sea, sun' })
    expect(wordsOf({ add_tags: ['sea'], remove_tags: ['snow'] }, names)).toEqual({
      key: 'bothTags',
      tags: 'sea',
      removed: 'snow',
    })
    expect(wordsOf({ expires_at: null }, names)).toEqual({ key: 'keepAlways' })
    expect(wordsOf({ expires_by: '2026-05-01T00:00:00Z' }, names)).toMatchObject({ key: 'keepUntil' })
    expect(wordsOf({ extend_seconds: 604_800 }, names)).toEqual({ key: 'keepLonger', count: 7 })
  })
})
