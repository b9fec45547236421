import { beforeEach, describe, expect, it } from 'vitest'
import type { ApiError } from '@/api/errors'
import { isMoving, type UploadState } from './entry'
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
const codeAt = (place: number): string => (queue.snapshot()[place]?.error as ApiError).problem.code

describe('a file on its way in', () => {
  it('is summed up, checked, sent, and then waits to be searchable', async () => {
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['processing'])
    expect(server.checks).toEqual([['sum-a.jpg']])
    expect(server.stored).toEqual(['id-a.jpg'])
    queue.observe([asset('id-a.jpg', 'running')])
    expect(states()).toEqual(['processing'])
    expect(queue.processing()).toEqual(['id-a.jpg'])
    queue.observe([asset('id-a.jpg', 'done')])
    expect(states()).toEqual(['done'])
  })

  it('sends no bytes when the library has it', async () => {
    server.known.set('sum-a.jpg', 'known')
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await settled()
    expect(states()).toEqual(['known', 'processing'])
    expect(server.sent).toEqual(['b.jpg:never'])
  })

  it('is sent again when it lies in the trash, as that restores it', async () => {
    server.known.set('sum-a.jpg', 'trashed')
    server.answer = () => ({ status: 'restored', asset: 'id-a' })
    queue.add([picture('a.jpg')])
    await settled()
    expect(queue.snapshot()[0]).toMatchObject({ state: 'processing', restored: true })
    expect(server.stored).toEqual(['id-a'])
  })

  it('is refused here when the server would refuse it after all its bytes', () => {
    queue.add([
      picture('empty.jpg', 0),
      { file: new File(['x'], 'film.mp4', { type: 'video/mp4' }), folder: '' },
      { file: new File(['x'], 'notes.txt'), folder: '' },
    ])
    expect(states()).toEqual(['rejected', 'rejected', 'rejected'])
    expect([0, 1, 2].map(codeAt)).toEqual(['file_empty', 'video_unsupported', 'file_unsupported'])
  })

  it('is listed also when it is the system’s own or could not be opened', () => {
    queue.add([
      { file: new File(['x'], '.DS_Store'), folder: 'Trip', obstacle: 'file_system' },
      { file: null, name: '__MACOSX', folder: 'Trip', obstacle: 'file_system' },
      { file: null, name: 'locked.jpg', folder: 'Trip', obstacle: 'file_unreadable' },
    ])
    expect(states()).toEqual(['skipped', 'skipped', 'failed'])
    expect(codeAt(2)).toBe('file_unreadable')
  })

  it('is rejected for good when the server says so, without another try', async () => {
    server.answer = () => {
      throw problem(422, 'file_damaged')
    }
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['rejected'])
    expect(server.sent).toHaveLength(1)
  })

  it('sends no byte when there is no room left for the person, and can be tried again once there is', async () => {
    server.known.set('sum-a.jpg', 'no_room')
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await settled()
    expect(states()).toEqual(['failed', 'processing'])
    expect(codeAt(0)).toBe('quota_exceeded')
    expect(server.sent).toEqual(['b.jpg:never'])
    server.known.clear()
    queue.retry()
    await settled()
    expect(states()).toEqual(['processing', 'processing'])
  })

  it('is sent on although there is no room, when its own beginning takes it', async () => {
    server.known.set('sum-a.jpg', 'no_room')
    server.begun.set('sum-a.jpg', 5)
    queue.add([picture('a.jpg')])
    await settled()
    expect(server.sent).toEqual(['a.jpg:never@up-sum-a.jpg'])
  })

  it('is asked about together with what waits to be sent, where there is only so much room', async () => {
    server.limited = true
    for (const name of ['0.jpg', '1.jpg', '2.jpg']) server.holds.add(name)
    queue.add(['0.jpg', '1.jpg', '2.jpg', '3.jpg'].map((name) => picture(name)))
    await until(() => server.held.size === 3 && states()[3] === 'ready')
    queue.add([picture('4.jpg')])
    await until(() => server.checks.flat().includes('sum-4.jpg'))
    expect(server.checks.at(-1)).toEqual(['sum-3.jpg', 'sum-4.jpg'])
    for (const go of server.held.values()) go()
    await settled()
  })

  it('sends no byte when it is larger than what is free on the disk', async () => {
    server.freeBytes = 20
    queue.add([picture('large.jpg', 21), picture('small.jpg', 20)])
    await settled()
    expect(states()).toEqual(['failed', 'processing'])
    expect(codeAt(0)).toBe('disk_full')
    expect(server.sent).toEqual(['small.jpg:never'])
  })

  it('that the server has no room for after all is not sent again by itself', async () => {
    server.answer = () => {
      throw problem(507, 'quota_exceeded')
    }
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['failed'])
    expect(server.sent).toHaveLength(1)
    expect(server.waits).toEqual([])
  })

  it('goes up even if the check fails: only a saving is lost', async () => {
    server.check = () => Promise.reject(problem(500, 'internal_error'))
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['processing'])
  })

  it('goes up even if nothing can be summed up here', async () => {
    server.hash = () => Promise.resolve(null)
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['processing'])
    expect(server.checks).toEqual([])
  })

  it('fails when it can no longer be read', async () => {
    server.hash = () => Promise.reject(new Error('gone'))
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['failed'])
    expect(codeAt(0)).toBe('file_unreadable')
  })

  it('that vanished while it was sent is not taken for a lost connection', async () => {
    server.answer = () => {
      server.readable = false
      throw problem(0, 'offline')
    }
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['failed'])
    expect(codeAt(0)).toBe('file_unreadable')
    expect(queue.status().held).toBeNull()
  })

  it('that meets a fault of the server is tried a few times, and then by hand', async () => {
    let isBroken = true
    server.answer = (entry) => {
      if (isBroken) throw problem(500, 'internal_error')
      return { status: 'stored', asset: `id-${entry.name}` }
    }
    // Nothing of it arrives.
    const send = server.send
    server.send = (entry, report) => send(entry, { ...report, onProgress: () => undefined })
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['failed'])
    expect(server.waits).toEqual([1000, 3000, 8000])
    isBroken = false
    queue.retry()
    await settled()
    expect(states()).toEqual(['processing'])
  })

  it('whose bytes arrived damaged is read again', async () => {
    let tries = 0
    server.answer = (entry) => {
      tries += 1
      if (tries === 1) throw problem(460, 'hash_mismatch')
      return { status: 'stored', asset: `id-${entry.name}` }
    }
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['processing'])
    expect(server.checks).toHaveLength(2)
  })
})
