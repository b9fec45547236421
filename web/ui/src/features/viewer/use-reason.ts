import { useEffect, useState } from 'react'
import { ApiError, problemOf } from '@/api/errors'

/** Why a picture at this address does not come: an `img` only knows that it did not. */
async function ask(url: string, signal: AbortSignal): Promise<ApiError | 'there'> {
  let response: Response
  try {
    response = await fetch(url, { credentials: 'same-origin', signal })
  } catch {
    return new ApiError({ status: 0, code: 'offline', detail: '' })
  }
  if (response.ok) return 'there'
  const body: unknown = await response.json().catch(() => null)
  return new ApiError(problemOf(response.status, body))
}

/** The reason for which the picture at this address did not come, once the server has given one; it may be there now. */
export function useReason(url: string): ApiError | 'there' | null {
  const [known, setKnown] = useState<{ url: string; reason: ApiError | 'there' } | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    void ask(url, stop.signal).then((reason) => {
      if (!stop.signal.aborted) setKnown({ url, reason })
    })
    return () => stop.abort()
  }, [url])
  return known !== null && known.url === url ? known.reason : null
}
