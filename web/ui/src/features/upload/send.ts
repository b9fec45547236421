import { BASE } from '@/api/client'
import { ApiError, problemOf } from '@/api/errors'
import type { UploadResult } from '@/api/types'
import type { Keep } from '@/lib/ttl'
import type { Entry } from './entry'

function formOf(entry: Entry, keep: Keep): FormData {
  const form = new FormData()
  if (keep !== 'never') form.set('ttl', keep)
  if (entry.folderId !== null) form.set('folder_id', entry.folderId)
  else if (entry.folder) form.set('folder', entry.folder)
  // Last, so that the server knows everything about the file when its bytes begin.
  form.set('file', entry.file, entry.file.name)
  return form
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Sends one file. XMLHttpRequest, because fetch tells nothing of how far an upload has come. */
export function sendFile(
  entry: Entry,
  keep: Keep,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<UploadResult> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `${BASE}/api/assets`)
    request.setRequestHeader('Accept', 'application/json')
    request.upload.addEventListener(
      'progress',
      (event) => event.lengthComputable && onProgress(event.loaded / event.total),
    )
    request.addEventListener('load', () => {
      const body = parse(request.responseText)
      if (request.status >= 200 && request.status < 300 && body !== null) resolve(body as UploadResult)
      else reject(new ApiError(problemOf(request.status, body)))
    })
    const lost = () => reject(new ApiError({ status: 0, code: 'offline', detail: '' }))
    request.addEventListener('error', lost)
    request.addEventListener('abort', lost)
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(formOf(entry, keep))
  })
}
