import { beforeEach, describe, expect, it } from 'vitest'
import { ApiError } from '@/api/errors'
import type { Asset, UploadKnown, UploadResult } from '@/api/types'
import { isMoving, summarise, type Entry, type UploadState } from './entry'
import { UploadQueue, type Transport } from './queue'

function asset(id: string, state: Asset['index']['state'] = 'pending'): Asset {
  return {
    id,
    media_version: 1,
    revision: 1,
    uploaded_at: '',
    index: { state, attempts: 0, error_code: null, error_text: null },
  } as Asset
}
const picture = (name: string, size = 10): { file: File; folder: string } => ({
  file: new File(['x'.repeat(size)], name, { type: 'image/jpeg' }),
  folder: '',
})
const problem = (status: number, code: string): ApiError => new ApiError({ status, code, detail: '' })

/** A server that keeps count; what it answers is set per test. */
class Server implements Transport {
  checks: string[][] = []
  sent: string[] = []
  keeps: [string, string][] = []
  stored: string[] = []
  waits: number[] = []
  sendingNow = 0
  sendingMost = 0
  known = new Map<string, UploadKnown['state']>()
  freeBytes: number | null = null
  answer: (entry: Entry) => UploadResult = (entry) => ({ status: 'stored', asset: asset(`id-${entry.file.name}`) })

  hash = (file: File): Promise<string> => Promise.resolve(`sum-${file.name}`)
  check = (files: { sha256: string }[]): Promise<UploadKnown[]> => {
    this.checks.push(files.map((file) => file.sha256))
    return Promise.resolve(
      files.map(({ sha256 }) => ({
        sha256,
        state: this.known.get(sha256) ?? 'new',
        id: ['known', 'trashed'].includes(this.known.get(sha256) ?? '') ? `id-${sha256}` : null,
        uploading: null,
      })),
    )
  }
  send = async (
    entry: Entry,
    keep: string,
    onProgress: (part: number) => void,
    signal: AbortSignal,
  ): Promise<UploadResult> => {
    this.sent.push(`${entry.file.name}:${keep}`)
    this.sendingNow += 1
    this.sendingMost = Math.max(this.sendingMost, this.sendingNow)
    try {
      onProgress(0.5)
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (signal.aborted) throw problem(0, 'offline')
      return this.answer(entry)
    } finally {
      this.sendingNow -= 1
    }
  }
  free = (): number | null => this.freeBytes
  limited = false
  isLimited = (): boolean => this.limited
  setKeep = (id: string, keep: string): Promise<void> => {
    this.keeps.push([id, keep])
    return Promise.resolve()
  }
  onStored = (stored: Asset): void => void this.stored.push(stored.id)
  wait = (milliseconds: number): Promise<void> => {
    this.waits.push(milliseconds)
    return Promise.resolve()
  }
}

let server: Server
let queue: UploadQueue
beforeEach(() => {
  server = new Server()
  queue = new UploadQueue(server)
})
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (queue.snapshot().some(isMoving)) return
      stop()
      resolve()
    }
    const stop = queue.subscribe(look)
    look()
  })
const states = (): UploadState[] => queue.snapshot().map((entry) => entry.state)

describe('a file on its way in', () => {
  it('is hashed, checked, sent, and then waits to be searchable', async () => {
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
    server.answer = () => ({ status: 'restored', asset: asset('id-a', 'done') })
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['done'])
    expect(server.stored).toEqual(['id-a'])
  })

  it('is refused here when the server would refuse it after all its bytes', () => {
    queue.add([
      picture('empty.jpg', 0),
      { file: new File(['x'], 'film.mp4', { type: 'video/mp4' }), folder: '' },
      { file: new File(['x'], 'notes.txt'), folder: '' },
    ])
    expect(states()).toEqual(['rejected', 'rejected', 'rejected'])
    expect(queue.snapshot().map((entry) => (entry.error as ApiError).problem.code)).toEqual([
      'file_empty',
      'video_unsupported',
      'file_unsupported',
    ])
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

  it('is tried again while the server is away, and can be tried by hand after that', async () => {
    let isAway = true
    server.answer = (entry) => {
      if (isAway) throw problem(503, 'volume_unavailable')
      return { status: 'stored', asset: asset(`id-${entry.file.name}`) }
    }
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['failed'])
    expect(server.waits).toEqual([1000, 3000, 8000])
    isAway = false
    queue.retry()
    await settled()
    expect(states()).toEqual(['processing'])
  })

  it('sends no byte when there is no room left for the person, and can be tried again once there is', async () => {
    server.known.set('sum-a.jpg', 'no_room')
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await settled()
    expect(states()).toEqual(['failed', 'processing'])
    expect((queue.snapshot()[0]?.error as ApiError).problem.code).toBe('quota_exceeded')
    expect(server.sent).toEqual(['b.jpg:never'])
    server.known.clear()
    queue.retry()
    await settled()
    expect(states()).toEqual(['processing', 'processing'])
  })

  it('is asked about together with what is on its way, where there is only so much room', async () => {
    server.limited = true
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await settled()
    expect(server.checks).toEqual([['sum-a.jpg'], ['sum-a.jpg', 'sum-b.jpg']])
    expect(server.sent).toHaveLength(2)
  })

  it('sends no byte when it is larger than what is free on the disk', async () => {
    server.freeBytes = 20
    queue.add([picture('large.jpg', 21), picture('small.jpg', 20)])
    await settled()
    expect(states()).toEqual(['failed', 'processing'])
    expect((queue.snapshot()[0]?.error as ApiError).problem.code).toBe('disk_full')
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

  it('fails when it can no longer be read', async () => {
    server.hash = () => Promise.reject(new Error('gone'))
    queue.add([picture('a.jpg')])
    await settled()
    expect(states()).toEqual(['failed'])
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
  })

  it('stop when cancelled, and what has arrived stays', async () => {
    queue.add([picture('a.jpg')])
    await settled()
    queue.add([picture('b.jpg'), picture('c.jpg')])
    await new Promise((resolve) => setTimeout(resolve, 0))
    queue.cancel()
    await settled()
    expect(queue.snapshot().map((entry) => entry.file.name)).toEqual(['a.jpg'])
    queue.clear()
    expect(queue.snapshot()).toEqual([])
  })

  it('are summed up', async () => {
    server.known.set('sum-b.jpg', 'known')
    queue.add([picture('a.jpg'), picture('b.jpg'), picture('none.jpg', 0)])
    await settled()
    expect(summarise(queue.snapshot())).toMatchObject({
      total: 3,
      moving: 0,
      processing: 1,
      added: 1,
      known: 1,
      problems: 1,
      progress: 1,
    })
  })
})

describe('how long pictures are kept', () => {
  it('goes with those to come, and changes those just taken in', async () => {
    server.known.set('sum-b.jpg', 'known')
    queue.add([picture('a.jpg'), picture('b.jpg')])
    await settled()
    queue.setKeep('7d')
    expect(server.keeps).toEqual([['id-a.jpg', '7d']])
    queue.add([picture('c.jpg')])
    await settled()
    expect(server.sent).toEqual(['a.jpg:never', 'c.jpg:7d'])
  })
})

it('gives the same snapshot until something changes', async () => {
  queue.add([picture('a.jpg')])
  await settled()
  const before = queue.snapshot()
  queue.observe([asset('another', 'done')])
  expect(queue.snapshot()).toBe(before)
})
