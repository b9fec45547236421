import { QueryClient } from '@tanstack/react-query'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Asset, AssetPatch } from '@/api/types'
import { keys } from '@/lib/query'
import { editAsset, settled, type Change } from './edits'

const ID = '0190a3c4-1111-7222-8333-444455556666'

/** A server of one picture: what it has, what it was asked, and which request it refuses with which status. */
type Server = { stored: Asset; asked: string[]; refuse: (number: number) => number | null }
const server = vi.hoisted((): Server => ({ stored: {} as Asset, asked: [], refuse: () => null }))
vi.mock('@/api/client', async (original) => {
  const answer = (status: number, data: object) =>
    Promise.resolve(
      status < 400
        ? { data, response: new Response(null, { status }) }
        : { error: { code: status === 409 ? 'conflict' : 'internal_error' }, response: new Response(null, { status }) },
    )
  return {
    ...(await original<object>()),
    api: {
      GET: () => answer(200, server.stored),
      PATCH: (_path: string, { body }: { body: AssetPatch }) => {
        server.asked.push(JSON.stringify(body))
        const refused = server.refuse(server.asked.length)
        if (refused !== null) return answer(refused, {})
        server.stored = { ...server.stored, ...(body as Partial<Asset>), revision: server.stored.revision + 1 }
        return answer(200, server.stored)
      },
    },
  }
})

let client: QueryClient
beforeEach(() => {
  client = new QueryClient()
  server.stored = { id: ID, revision: 1, tags: ['sea'], state: 'active', index: { state: 'done' } } as Asset
  server.asked = []
  server.refuse = () => null
})

const set = (body: AssetPatch): Change => ({ body, show: (asset) => ({ ...asset, ...(body as Partial<Asset>) }) })
const withTag = (tag: string): Change => ({
  body: (now) => ({ tags: [...now.tags, tag] }),
  show: (asset) => ({ ...asset, tags: [...asset.tags, tag] }),
})

describe('changes of one picture', () => {
  it('reach the server one after the other, in their order', async () => {
    const both = [editAsset(client, ID, set({ rating: 3 })), editAsset(client, ID, set({ rating: 5 }))]
    await Promise.all(both)
    expect(server.asked).toEqual(['{"rating":3}', '{"rating":5}'])
    expect(client.getQueryData<Asset>(keys.asset(ID))?.rating).toBe(5)
  })

  it('add to the tags that it has by then, not to those that were on the screen', async () => {
    server.stored = { ...server.stored, tags: ['sea', 'from another device'] }
    await Promise.all([editAsset(client, ID, withTag('dog')), editAsset(client, ID, withTag('beach'))])
    expect(server.stored.tags).toEqual(['sea', 'from another device', 'dog', 'beach'])
  })

  it('are tried once more after a conflict with a picture that is still there', async () => {
    server.refuse = (number) => (number === 1 ? 409 : null)
    await editAsset(client, ID, set({ favourite: true }))
    expect(server.stored.favourite).toBe(true)
  })

  it('end with the conflict when it is in the trash by now', async () => {
    server.stored = { ...server.stored, state: 'trashed' }
    server.refuse = () => 409
    await expect(editAsset(client, ID, set({ favourite: true }))).rejects.toThrow()
    expect(server.asked).toHaveLength(1)
  })

  it('leave the way free after one that failed', async () => {
    server.refuse = (number) => (number === 1 ? 500 : null)
    const first = editAsset(client, ID, set({ rating: 1 }))
    const second = editAsset(client, ID, set({ rating: 2 }))
    await expect(first).rejects.toThrow()
    await second
    expect(server.stored.rating).toBe(2)
  })

  it('are all through when it is said to be settled', async () => {
    void editAsset(client, ID, set({ rating: 1 }))
    void editAsset(client, ID, set({ rating: 4 }))
    await settled(ID)
    expect(server.stored.rating).toBe(4)
    await settled(ID)
  })
})
