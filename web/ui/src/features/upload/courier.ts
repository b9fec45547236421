import Uppy from '@uppy/core'
import Tus from '@uppy/tus'
import { ApiError, problemOf } from '@/api/errors'
import type { Entry } from './entry'
import { SENDERS, type Sent, type SendReport } from './queue'

type Meta = Record<string, string>
type Errand = SendReport & { id: string; resolve: (sent: Sent) => void; reject: (error: ApiError) => void }

/** Pieces so small pass most proxies' limits, and so large that a home network doesn't notice. */
const PIECE_BYTES = 32 << 20
/** A request whose connection was lost holds an upload for up to three seconds more. */
const LOCKED_DELAYS_MS = [300, 1_000, 2_000, 3_000]
const LOCKED = new Set([409, 423])

/** What is told about a file in `Upload-Metadata`. */
function metaOf(entry: Entry): Meta {
  return {
    filename: entry.name,
    ...(entry.keep === 'never' ? {} : { ttl: entry.keep }),
    ...(entry.folderId !== null ? { folder_id: entry.folderId } : entry.folder ? { folder: entry.folder } : {}),
    ...(entry.sha256 === null ? {} : { sha256: entry.sha256 }),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function problem(answer: XMLHttpRequest | undefined): ApiError {
  const status = answer?.status ?? 0
  if (!answer || status === 0) return new ApiError({ status: 0, code: 'offline', detail: '' })
  return new ApiError(problemOf(status, parse(answer.responseText)))
}

/**
 * Uppy with tus, as the one who carries: it gets a few files at a time from the queue, sends them in pieces, and goes
 * on with what was paused or begun earlier at the server's own offset. What to do when something goes wrong is the
 * queue's business, so nothing but a locked upload is tried again here.
 */
export function createCourier(endpoint: string) {
  const errands = new Map<number, Errand>()
  const numbers = new Map<string, number>()
  const silent = { debug: () => undefined, warn: () => undefined, error: () => undefined }
  const uppy = new Uppy<Meta, { xhr: XMLHttpRequest }>({ id: 'uploads', logger: silent }).use(Tus, {
    endpoint,
    limit: SENDERS,
    chunkSize: PIECE_BYTES,
    retryDelays: LOCKED_DELAYS_MS,
    // The server knows by the sum of a file how far it has come, also after a reload and from another browser.
    storeFingerprintForResuming: false,
    onShouldRetry: (error) => LOCKED.has(error.originalResponse?.getStatus() ?? 0),
  })

  const errandOf = (file: { id: string } | undefined): [number, Errand] | null => {
    const number = numbers.get(file?.id ?? '')
    const errand = number === undefined ? undefined : errands.get(number)
    return number === undefined || !errand ? null : [number, errand]
  }
  const done = (number: number, errand: Errand): void => {
    errands.delete(number)
    numbers.delete(errand.id)
    // Once the plugin has let go of it: one that is removed earlier would be deleted on the server.
    setTimeout(() => uppy.removeFile(errand.id))
  }

  uppy.on('upload-progress', (file, { bytesUploaded, bytesTotal }) => {
    const url = (file as { tus?: { uploadUrl?: string | null } } | undefined)?.tus?.uploadUrl
    const found = errandOf(file)
    if (!found) return
    if (url) found[1].onBegun(url.slice(url.lastIndexOf('/') + 1))
    if (bytesTotal) found[1].onProgress(bytesUploaded / bytesTotal)
  })
  uppy.on('upload-success', (file, response) => {
    const found = errandOf(file)
    if (!found) return
    done(...found)
    const answer = response.body?.xhr
    const status = answer?.getResponseHeader('Upload-Result') as Sent['status'] | null | undefined
    const asset = answer?.getResponseHeader('Upload-Asset')
    if (status && asset) found[1].resolve({ status, asset })
    else found[1].reject(problem(answer))
  })
  uppy.on('upload-error', (file, _error, response) => {
    const found = errandOf(file)
    if (!found) return
    done(...found)
    found[1].reject(problem(response?.body?.xhr))
  })

  const begin = (entry: Entry & { file: File }): string => {
    const meta = metaOf(entry)
    // The same file may be on its way to two folders; Uppy tells files apart by this path.
    const told = { ...meta, relativePath: String(entry.id) }
    const id = uppy.addFile({ name: entry.name, type: entry.file.type, data: entry.file, meta: told })
    const uploadUrl = entry.begun === null ? null : `${endpoint}/${entry.begun}`
    uppy.setFileState(id, { tus: { allowedMetaFields: Object.keys(meta), uploadUrl } })
    return id
  }

  return {
    send(entry: Entry & { file: File }, report: SendReport): Promise<Sent> {
      return new Promise((resolve, reject) => {
        const paused = errands.get(entry.id)
        const id = paused?.id ?? begin(entry)
        errands.set(entry.id, { ...report, id, resolve, reject })
        numbers.set(id, entry.id)
        if (paused) uppy.pauseResume(id)
        // How it ends is told by the events.
        else uppy.upload().catch(() => undefined)
      })
    },
    pause(number: number): void {
      const errand = errands.get(number)
      if (errand && uppy.getFile(errand.id).isPaused !== true) uppy.pauseResume(errand.id)
    },
    /** Whether it had the file; what came of it is then deleted on the server. */
    drop(number: number): boolean {
      const errand = errands.get(number)
      if (!errand) return false
      errands.delete(number)
      numbers.delete(errand.id)
      uppy.removeFile(errand.id)
      return true
    },
  }
}

export type Courier = ReturnType<typeof createCourier>
