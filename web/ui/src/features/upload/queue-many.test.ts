import { beforeEach, describe, expect, it } from 'vitest'
import { isMoving, summarise, type UploadState } from './entry'
import { asset, picture, problem, Server } from './fake-server'
import { UploadQueue } from './queue'

let server: Server
let queue: UploadQueue
beforeEach(() => {
  server = new Server()
  queue = new UploadQueue(server)
})
const until = async (isThere: () => boolean): Promise<void> => {
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 1))
}
const settled = (): Promise<void> => until(() => !queue.snapshot().some(isMoving))
const states = (): UploadState[] => queue.snapshot().map((entry) => entry.state)

describe('all files wait', () => {
  it('while the connection is lost, and go on where they were cut off', async () => {
    server.reachable = false
    let isCut = true
    server.answer = (entry) => {
      if (!isCut) return { status: 'stored', asset: `id-${entry.name}` }
      server.begun.set(String(entry.sha256), 5)
      throw problem(0, 'offline')
    }
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await until(() => queue.status().held?.why === 'offline' && states().every((state) => state === 'checking'))
    isCut = false
    server.reachable = true
    await settled()
    expect(states()).toEqual(['processing', 'processing'])
    expect(server.sent.slice(2).sort()).toEqual(['a.jpg:never@up-sum-a.jpg', 'b.jpg:never@up-sum-b.jpg'])
    expect(queue.status().held).toBeNull()
  })

  it('while the server takes nothing in, however long that is', async () => {
    let refusals = 0
    const send = server.send
    server.send = (entry, report) => send(entry, { ...report, onProgress: () => undefined })
    server.answer = (entry) => {
      if (refusals++ < 20) throw problem(503, 'volume_unavailable')
      return { status: 'stored', asset: `id-${entry.name}` }
    }
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['processing'])
    expect(server.waits.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 15000, 30000, 30000])
  })

  it('until somebody has signed in again, and nothing is lost', async () => {
    queue.belongTo('anna')
    let isOver = true
    server.answer = (entry) => {
      if (isOver) throw problem(401, 'unauthenticated')
      return { status: 'stored', asset: `id-${entry.name}` }
    }
    server.signedIn = false
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await until(() => queue.status().held?.why === 'signed_out' && states().every((state) => state === 'checking'))
    isOver = false
    queue.belongTo('anna')
    await settled()
    expect(states()).toEqual(['processing', 'processing'])
  })

  it('and are forgotten when it is somebody else who signs in', async () => {
    queue.belongTo('anna')
    server.signedIn = false
    server.answer = () => {
      throw problem(401, 'unauthenticated')
    }
    queue.add([picture('a.jpg')])
    await until(() => queue.status().held !== null && states()[0] === 'checking')
    queue.belongTo('bert')
    expect(queue.snapshot()).toEqual([])
    expect(queue.status()).toEqual({ isPaused: false, held: null })
  })
})

describe('many files', () => {
  it('go up three at a time, each once', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `${i}.jpg`)
    queue.add(names.map((name) => picture(name)))
    await settled()
    expect(server.sendingMost).toBe(3)
    expect(server.sent.map((sent) => sent.split(':')[0]).sort()).toEqual([...names].sort())
    expect(server.checks.flat()).toHaveLength(40)
    // Asked about in batches, once there is enough to do.
    expect(server.checks.length).toBeLessThan(20)
  })

  it('with the same bytes are sent once', async () => {
    server.hash = () => Promise.resolve('sum')
    server.answer = () => {
      server.known.set('sum', 'known')
      return { status: 'stored', asset: 'id-sum' }
    }
    queue.add([picture('a.jpg'), picture('copy.jpg'), picture('copy 2.jpg')])
    await settled()
    expect(states()).toEqual(['processing', 'known', 'known'])
    expect(server.sent).toEqual(['a.jpg:never'])
  })

  it('stop when cancelled, and what has arrived stays', async () => {
    queue.add([picture('a.jpg')])
    await settled()
    server.holds.add('b.jpg')
    queue.add([picture('b.jpg'), picture('c.jpg')])
    await until(() => server.held.size === 1)
    queue.cancel()
    await settled()
    expect(states()[0]).toBe('processing')
    expect(states()[1]).toBe('cancelled')
    expect(server.dropped).toContain('b.jpg')
    server.holds.clear()
    queue.retry()
    await settled()
    expect(states()).toEqual(['processing', 'processing', 'processing'])
    queue.clear()
    expect(queue.snapshot()).toEqual([])
  })

  it('are paused, each or all, and go on before those that have not begun', async () => {
    for (const name of ['0.jpg', '1.jpg', '2.jpg']) server.holds.add(name)
    queue.add(['0.jpg', '1.jpg', '2.jpg', '3.jpg', '4.jpg'].map((name) => picture(name)))
    await until(() => server.held.size === 3 && states()[4] === 'ready')
    queue.pause()
    expect(states()).toEqual(['paused', 'paused', 'paused', 'ready', 'ready'])
    expect(server.paused).toHaveLength(3)
    expect(summarise(queue.snapshot()).paused).toBe(3)
    server.holds.clear()
    queue.resume()
    expect(server.sent.slice(3, 6).map((sent) => sent.slice(0, 5))).toEqual(['0.jpg', '1.jpg', '2.jpg'])
    await settled()
    expect(states()).toEqual(Array(5).fill('processing'))
  })

  it('leave the place of one that is paused to the next', async () => {
    for (const name of ['0.jpg', '1.jpg', '2.jpg']) server.holds.add(name)
    queue.add(['0.jpg', '1.jpg', '2.jpg', '3.jpg'].map((name) => picture(name)))
    await until(() => server.held.size === 3 && states()[3] === 'ready')
    queue.pause(1)
    await until(() => states()[3] === 'processing')
    expect(states()).toEqual(['paused', 'uploading', 'uploading', 'processing'])
    server.holds.clear()
    queue.resume(1)
    for (const go of server.held.values()) go()
    await settled()
    expect(states()).toEqual(Array(4).fill('processing'))
  })

  it('are summed up', async () => {
    server.known.set('sum-b.jpg', 'known')
    queue.add([picture('a.jpg'), picture('b.jpg'), picture('none.jpg', 0)])
    await settled()
    expect(summarise(queue.snapshot())).toMatchObject({
      total: 3,
      counts: { moving: 0, added: 1, known: 1, problem: 1, skipped: 0 },
      processing: 1,
      progress: 1,
      sent: 10,
      left: 0,
    })
  })
})

describe('how long pictures are kept', () => {
  it('is chosen for each batch, and can be changed for all of the list', async () => {
    server.known.set('sum-b.jpg', 'known')
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await settled()
    queue.setKeep('7d')
    expect(server.keeps).toEqual([])
    queue.add([picture('c.jpg')])
    await settled()
    expect(server.sent).toEqual(['a.jpg:never', 'c.jpg:7d'])
    queue.keepAll('30d')
    expect(server.keeps).toEqual([[['id-a.jpg', 'id-c.jpg'], '30d']])
    expect(queue.snapshot().map(({ keep }) => keep)).toEqual(['30d', '30d', '30d'])
  })
})

it('gives the same snapshot until something changes', async () => {
  queue.add([picture('a.jpg')])
  await settled()
  const before = queue.snapshot()
  queue.observe([asset('another', 'done')])
  expect(queue.snapshot()).toBe(before)
})
