import type { QueryClient } from '@tanstack/react-query'
import { api, BASE, unwrap } from '@/api/client'
import { ApiError } from '@/api/errors'
import { addToLibrary } from '@/lib/assets'
import { me } from '@/lib/auth'
import { readPreference } from '@/lib/preferences'
import { keys } from '@/lib/query'
import { serverStatus } from '@/lib/status'
import { createStore, type Store } from '@/lib/store'
import { isKeep, type Keep } from '@/lib/ttl'
import { uploadsWaiting } from '@/lib/uploads-waiting'
import type { Courier } from './courier'
import { isMoving, type Entry } from './entry'
import { createHasher } from './hash'
import { UploadQueue, type Transport } from './queue'
import { noteUnfinished, takeUnfinished, withoutAgain, type Unfinished } from './unfinished'

/** How often followers are told of changes at most, and how often it is written down what has not arrived. */
const TELL_MS = 100
const NOTE_MS = 3_000
const ARRIVALS_MS = 250
/** As many as the server looks up in one question. */
const MOST_ARRIVALS = 500

const NOTHING: Unfinished = { files: [], more: 0 }

/** The queue of this tab, and what earlier visits left unfinished. */
export type Engine = {
  queue: UploadQueue
  unfinished: Store<Unfinished>
  /** Says who is signed in: what waited for them goes on, what is somebody else's is forgotten. */
  belongTo: (person: string) => void
}

const engines = new WeakMap<QueryClient, Engine>()

/** The one engine of this tab. It outlives every screen, also that for signing in again. */
export function engineOf(client: QueryClient): Engine {
  const engine = engines.get(client) ?? createEngine(client)
  engines.set(client, engine)
  return engine
}

function createEngine(client: QueryClient): Engine {
  const remembered = readPreference('keep')
  const keep = isKeep(remembered) ? remembered : 'never'
  const queue = new UploadQueue(createTransport(client), keep, (tell) => setTimeout(tell, TELL_MS))
  const unfinished = createStore(NOTHING)
  let person: string | null = null
  // Leaving the page would lose what has not arrived.
  const warn = (event: BeforeUnloadEvent) => event.preventDefault()
  let hasMoved = false
  const note = () => person !== null && noteUnfinished(person, queue.snapshot(), unfinished.get())
  let timer: ReturnType<typeof setInterval> | undefined
  queue.subscribe(() => {
    const entries = queue.snapshot()
    const moving = entries.filter(isMoving).length
    uploadsWaiting.set(moving)
    unfinished.set(withoutAgain(unfinished.get(), entries))
    if (moving > 0 === hasMoved) return
    hasMoved = moving > 0
    note()
    clearInterval(timer)
    if (hasMoved) {
      window.addEventListener('beforeunload', warn)
      timer = setInterval(note, NOTE_MS)
    } else window.removeEventListener('beforeunload', warn)
  })
  unfinished.subscribe(note)
  window.addEventListener('pagehide', note)
  window.addEventListener('online', () => queue.tryNow())
  return {
    queue,
    unfinished,
    belongTo: (next) => {
      if (person !== next) {
        if (person !== null) window.removeEventListener('beforeunload', warn)
        person = next
        unfinished.set(takeUnfinished(next))
      }
      queue.belongTo(next)
    },
  }
}

function createTransport(client: QueryClient): Transport {
  let courier: Promise<Courier> | undefined
  const called = (): Promise<Courier> => {
    const endpoint = new URL(`${BASE}/api/uploads`, location.href).href
    courier ??= import('./courier').then(({ createCourier }) => createCourier(endpoint))
    courier.catch(() => (courier = undefined))
    return courier
  }
  const arrived = createArrivals(client)
  return {
    hash: createHasher(),
    check: (files) => unwrap(api.POST('/api/uploads/check', { body: files })),
    send: async (entry, report) => {
      const { file } = entry
      if (!file) throw new Error('nothing to send')
      const one = await called().catch(() => {
        throw new ApiError({ status: 0, code: 'offline', detail: '' })
      })
      return one.send({ ...entry, file }, report)
    },
    pause: (id) => void called().then((one) => one.pause(id)),
    drop: (entry) => void drop(entry, called),
    setKeep: (assets, keep) => keepAssets(client, assets, keep),
    onStored: arrived,
    isReadable: (file) =>
      file
        .slice(0, 1)
        .arrayBuffer()
        .then(
          () => true,
          () => false,
        ),
    isReachable: () =>
      fetch(`${BASE}/api/health/live`, { cache: 'no-store' }).then(
        ({ ok }) => ok,
        () => false,
      ),
    isSignedIn: () =>
      client.query({ ...me, staleTime: 0 }).then(
        () => true,
        () => false,
      ),
    isLimited: () => (client.getQueryData(me.queryKey)?.quota_bytes ?? null) !== null,
    free: () => client.getQueryData(serverStatus.queryKey)?.volume.free_bytes ?? null,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  }
}

async function drop(entry: Entry, called: () => Promise<Courier>): Promise<void> {
  if ((await called()).drop(entry.id) || entry.begun === null) return
  // Sending it was cut off; what is not deleted now goes by itself later.
  await fetch(`${BASE}/api/uploads/${entry.begun}`, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } }).catch(
    () => undefined,
  )
}

async function keepAssets(client: QueryClient, ids: readonly string[], keep: Keep): Promise<void> {
  await unwrap(api.POST('/api/edits', { body: { ids: [...ids], changes: { ttl: keep } } }))
  await Promise.all([keys.assetLists, ['asset']].map((queryKey) => client.invalidateQueries({ queryKey })))
}

/** Whether a list of assets shows a part of the library only. */
function isNarrowed(query: { queryKey: readonly unknown[] }): boolean {
  return Object.keys(query.queryKey[1] ?? {}).length > 0
}

/** Shows what has arrived in the library: asked for in one question for a burst. */
function createArrivals(client: QueryClient): (asset: string) => void {
  let waiting: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const show = async () => {
    timer = undefined
    const ids = waiting.slice(0, MOST_ARRIVALS)
    waiting = waiting.slice(ids.length)
    if (waiting.length > 0) timer = setTimeout(() => void show(), ARRIVALS_MS)
    const { items } = await unwrap(api.POST('/api/assets/batch', { body: { ids } }))
    addToLibrary(client, items)
    // Lists of a folder or a tag: the server knows whether it belongs there.
    void client.invalidateQueries({ queryKey: keys.assetLists, predicate: isNarrowed }, { cancelRefetch: false })
    for (const queryKey of [keys.status, keys.folders])
      void client.invalidateQueries({ queryKey }, { cancelRefetch: false })
  }
  return (asset) => {
    waiting.push(asset)
    timer ??= setTimeout(() => void show().catch(() => undefined), ARRIVALS_MS)
  }
}
