import { startWorker } from '@/lib/trusted-worker'
import type { HashReply, HashRequest } from './hash-worker'
import workerUrl from './hash-worker?worker&url'

type Waiting = { onPart: (part: number) => void; resolve: (sha256: string) => void; reject: (error: Error) => void }

/**
 * SHA-256 of files in a worker of its own. Plain JavaScript on purpose: `crypto.subtle` does not exist on plain http,
 * which is what a home network has, and the security policy allows no WebAssembly.
 */
export function createHasher(): (file: File, onPart: (part: number) => void) => Promise<string> {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let lastId = 0

  const start = (): Worker => {
    const started = startWorker(workerUrl)
    started.addEventListener('message', (event: MessageEvent<HashReply>) => {
      const message = event.data
      const asked = waiting.get(message.id)
      if ('part' in message) return asked?.onPart(message.part)
      waiting.delete(message.id)
      if ('sha256' in message) asked?.resolve(message.sha256)
      else asked?.reject(new Error('the file could not be read'))
    })
    started.addEventListener('error', () => {
      for (const asked of waiting.values()) asked.reject(new Error('the worker could not be started'))
      waiting.clear()
    })
    return started
  }

  return (file, onPart) =>
    new Promise((resolve, reject) => {
      worker ??= start()
      lastId += 1
      waiting.set(lastId, { onPart, resolve, reject })
      worker.postMessage({ id: lastId, file } satisfies HashRequest)
    })
}
