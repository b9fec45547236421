/// <reference lib="webworker" />
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** One file at a time: {id, file} in; {id, part} while it goes on and {id, sha256} or {id, failed} at the end out. */
export type HashRequest = { id: number; file: File }
export type HashReply = { id: number; part: number } | { id: number; sha256: string } | { id: number; failed: true }

/** Large enough to keep reading cheap, small enough for a phone's memory. */
const CHUNK_BYTES = 4 << 20

async function digest(file: File, onPart: (part: number) => void): Promise<string> {
  const hasher = sha256.create()
  for (let offset = 0; offset < file.size; offset += CHUNK_BYTES) {
    const chunk = await file.slice(offset, offset + CHUNK_BYTES).arrayBuffer()
    hasher.update(new Uint8Array(chunk))
    onPart(Math.min(1, (offset + CHUNK_BYTES) / file.size))
  }
  return bytesToHex(hasher.digest())
}

const reply = (message: HashReply): void => self.postMessage(message)

self.addEventListener('message', (event: MessageEvent<HashRequest>) => {
  const { id, file } = event.data
  digest(file, (part) => reply({ id, part })).then(
    (sha256) => reply({ id, sha256 }),
    () => reply({ id, failed: true }),
  )
})
