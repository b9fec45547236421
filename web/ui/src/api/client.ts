import createClient from 'openapi-fetch'
import { ApiError, problemOf } from './errors'
import type { paths } from './schema'

/** Path prefix of the whole application, from `<base href>`, which the server writes: '' at the root, '/scene' below one. */
export const BASE = new URL(document.baseURI).pathname.replace(/\/$/, '')

export const api = createClient<paths>({ baseUrl: BASE, credentials: 'same-origin' })

type Reply<T> = { data?: T | undefined; error?: unknown; response: Response }

/** The body of a successful reply. Throws `ApiError` for a problem document, and for a server that can't be reached. */
export async function unwrap<T>(reply: Promise<Reply<T>>): Promise<T> {
  let settled: Reply<T>
  try {
    settled = await reply
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError({ status: 0, code: 'offline', detail: '' })
  }
  if (!settled.response.ok) throw new ApiError(problemOf(settled.response.status, settled.error))
  return settled.data as T
}

/** Drops absent members, for query strings and for `exactOptionalPropertyTypes`. */
export function compact<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

export type RenditionSize = 240 | 480 | 1440

/** Address of a rendition: 240 and 480 are heights in pixels, 1440 is the long edge. Never changes its content. */
export function mediaUrl(asset: { id: string; media_version: number }, size: RenditionSize): string {
  return `${BASE}/media/${asset.id}/${asset.media_version}/${size}`
}

/** Address of the untouched original; with `download` the browser saves it under its file name. */
export function originalUrl(asset: { id: string }, { download = false } = {}): string {
  return `${BASE}/api/assets/${asset.id}/original${download ? '?download=1' : ''}`
}
