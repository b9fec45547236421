import { thumbHashToDataURL } from 'thumbhash'

const MAX_CACHED = 4000
const cache = new Map<string, string>()

/** A data: URL of the blurred picture that a base64 ThumbHash holds; null for a hash that is not one. */
export function placeholderUrl(hash: string): string | null {
  const known = cache.get(hash)
  if (known !== undefined) return known
  try {
    const url = thumbHashToDataURL(Uint8Array.from(atob(hash), (char) => char.charCodeAt(0)))
    const oldest = cache.keys().next()
    if (cache.size >= MAX_CACHED && !oldest.done) cache.delete(oldest.value)
    cache.set(hash, url)
    return url
  } catch {
    return null
  }
}
