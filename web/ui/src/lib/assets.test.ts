import { QueryClient, type InfiniteData } from '@tanstack/react-query'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Asset, AssetPage } from '@/api/types'
import { addToLibrary, dropFromLists, mergeAssets } from './assets'
import { keys } from './query'

const asset = (id: string, revision = 1, uploaded = id): Asset =>
  ({ id, revision, uploaded_at: uploaded, index: { state: 'done' } }) as Asset
let client: QueryClient
const shown = (): string[] =>
  (client.getQueryData<InfiniteData<AssetPage>>(keys.assets({}))?.pages ?? []).flatMap((page) =>
    page.items.map((item) => `${item.id}@${item.revision}`),
  )

beforeEach(() => {
  client = new QueryClient()
  client.setQueryData(keys.assets({}), {
    pages: [
      { items: [asset('d'), asset('c')], next: 'x' },
      { items: [asset('b'), asset('a')], next: null },
    ],
    pageParams: [undefined, 'x'],
  })
})

describe('the lists on show', () => {
  it('show what is newer of an asset', () => {
    addToLibrary(client, [asset('c', 2), asset('f')])
    expect(shown()).toEqual(['d@1', 'c@2', 'b@1', 'a@1'])
  })

  it('never go back to an older state of an asset', () => {
    mergeAssets(client, [asset('b', 3)])
    mergeAssets(client, [asset('b', 2)])
    expect(shown()).toEqual(['d@1', 'c@1', 'b@3', 'a@1'])
  })

  it('are the very same while nothing has changed, so that nothing is drawn anew', () => {
    const before = client.getQueryData(keys.assets({}))
    addToLibrary(client, [asset('d'), asset('a')])
    dropFromLists(client, 'z')
    expect(client.getQueryData(keys.assets({}))).toBe(before)
  })

  it('lose a deleted asset at once', () => {
    dropFromLists(client, 'b')
    expect(shown()).toEqual(['d@1', 'c@1', 'a@1'])
  })
})
