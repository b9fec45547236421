import { describe, expect, it } from 'vitest'
import type { Folder } from '@/api/types'
import { placeIn } from './entry'

const file = new File(['x'], 'dog.jpg')

function open(mine: boolean): Folder {
  const owner = { id: 'anna', name: 'anna' }
  const may = mine ? 'own' : 'add'
  const defaults = { default_ttl_seconds: null, default_tags: [] }
  return { id: 'f1', path: 'Trips', name: 'Trips', parent: null, assets: 0, owner, mine, may, shares: 0, ...defaults }
}

describe('files that are picked', () => {
  it('go where they came from when no folder is open', () => {
    expect(placeIn(null, [{ file, folder: 'Zoo' }])).toEqual([{ file, folder: 'Zoo' }])
  })

  it('go into one’s own open folder, with the folders that they were picked with', () => {
    const places = placeIn(open(true), [
      { file, folder: '' },
      { file, folder: 'Zoo' },
    ])
    expect(places.map(({ folder }) => folder)).toEqual(['Trips', 'Trips/Zoo'])
  })

  it('go into somebody else’s open folder by its id', () => {
    expect(placeIn(open(false), [{ file, folder: 'Zoo' }])).toEqual([{ file, folder: '', folderId: 'f1' }])
  })
})
