import { describe, expect, it } from 'vitest'
import type { Folder } from '@/api/types'
import { depthIn, folderSearch, openFolder, withThoseBelow } from './folders'

function folder(id: string, path: string, parent: string | null, mine = true): Folder {
  const name = path.split('/').at(-1) ?? path
  const owner = { id: mine ? 'me' : 'anna', name: mine ? 'me' : 'anna' }
  const defaults = { default_ttl_seconds: null, default_tags: [] }
  return { id, path, name, parent, assets: 0, owner, mine, may: mine ? 'own' : 'view', shares: 0, ...defaults }
}

const trips = folder('1', 'Trips', null)
const summer = folder('2', 'Trips/Summer', '1')
const beach = folder('3', 'Trips/Summer/Beach', '2')
const foreign = folder('4', 'Trips', 'unseen', false)
const all = [beach, trips, summer, foreign]

describe('folders', () => {
  it('are opened by their path when they are one’s own, else by their id', () => {
    expect(folderSearch(summer)).toEqual({ folder: 'Trips/Summer' })
    expect(folderSearch(foreign)).toEqual({ folder_id: '4' })
    expect(openFolder(all, { folder: 'Trips' })).toBe(trips)
    expect(openFolder(all, { folder_id: '4' })).toBe(foreign)
    expect(openFolder(all, {})).toBeUndefined()
  })

  it('lie as deep as the folders above them that are seen', () => {
    const byId = new Map(all.map((one) => [one.id, one]))
    expect([trips, summer, beach, foreign].map((one) => depthIn(byId, one))).toEqual([0, 1, 2, 0])
  })

  it('can’t be moved into themselves: all below are known, whatever the order', () => {
    expect([...withThoseBelow(all, trips)].sort()).toEqual(['1', '2', '3'])
    expect([...withThoseBelow(all, beach)]).toEqual(['3'])
  })
})
