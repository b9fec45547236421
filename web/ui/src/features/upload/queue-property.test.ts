import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isMoving, outcomeOf, OUTCOMES, summarise, type Entry } from './entry'
import { picture, problem, Server } from './fake-server'
import { SENDERS, UploadQueue } from './queue'

/** What a person does, and what happens to the network, in any order. */
const EVENTS = [
  'add',
  'twin',
  'pause',
  'pauseOne',
  'resume',
  'resumeOne',
  'cancelOne',
  'retry',
  'cut',
  'mend',
  'rest',
] as const
type Event = (typeof EVENTS)[number]

const FAULTS: readonly (readonly [number, string])[] = [
  [500, 'internal_error'],
  [503, 'busy'],
  [460, 'hash_mismatch'],
  [422, 'file_damaged'],
  [507, 'disk_full'],
]

const LAST = new Set(['processing', 'done', 'unsearchable', 'known', 'skipped', 'rejected', 'failed', 'cancelled'])
const breath = () => new Promise((resolve) => setTimeout(resolve, 1))

it('brings every file to one end, never sends more than three, and never two with the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...EVENTS), { maxLength: 25 }),
      fc.array(fc.option(fc.constantFrom(...FAULTS), { nil: null }), { maxLength: 20 }),
      async (events, faults) => {
        const server = new Server()
        server.wait = breath as () => Promise<void>
        const faultsLeft = [...faults]
        const under = new Map<string, number>()
        let isCut = false
        server.isReachable = () => Promise.resolve(!isCut)
        server.answer = (entry: Entry) => {
          if (isCut) throw problem(0, 'offline')
          const fault = faultsLeft.shift()
          if (fault) throw problem(...fault)
          server.known.set(String(entry.sha256), 'known')
          return { status: 'stored', asset: `id-${entry.name}` }
        }
        server.hash = (file) => Promise.resolve(file.name.replace(/ copy$/, ''))
        const queue = new UploadQueue(server)
        let names = 0
        const follow = () => {
          const sent = queue.snapshot().filter(({ state }) => state === 'uploading')
          under.set('most', Math.max(under.get('most') ?? 0, sent.length))
          under.set('twins', Math.max(under.get('twins') ?? 0, sent.length - new Set(sent.map((e) => e.sha256)).size))
        }
        queue.subscribe(follow)
        const some = (wanted: (entry: Entry) => boolean) => queue.snapshot().find(wanted)?.id ?? -1
        const happen: Record<Event, () => unknown> = {
          add: () => queue.add([picture(`${names++}.jpg`), picture(`${names++}.jpg`)]),
          twin: () => queue.add([picture('0.jpg copy')]),
          pause: () => queue.pause(),
          pauseOne: () => queue.pause(some(({ state }) => state === 'uploading')),
          resume: () => queue.resume(),
          resumeOne: () => queue.resume(some(({ state }) => state === 'paused')),
          cancelOne: () => queue.cancel(some(isMoving)),
          retry: () => queue.retry(),
          cut: () => (isCut = true),
          mend: () => (isCut = false),
          rest: () => undefined,
        }
        for (const event of events) {
          happen[event]()
          await breath()
        }
        isCut = false
        queue.tryNow()
        queue.resume()
        while (queue.snapshot().some(isMoving)) await breath()
        const entries = queue.snapshot()
        for (const { state } of entries) expect(LAST).toContain(state)
        expect(under.get('most') ?? 0).toBeLessThanOrEqual(SENDERS)
        expect(under.get('twins') ?? 0).toBe(0)
        const { total, counts, left } = summarise(entries)
        expect(OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)).toBe(total)
        expect(left).toBe(0)
        expect(new Set(server.stored).size).toBe(server.stored.length)
        expect(entries.filter((entry) => outcomeOf(entry) === 'added')).toHaveLength(server.stored.length)
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)
