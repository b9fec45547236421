import { useEffect, useState } from 'react'

/** What stands after `#name=` in the address; a fragment never reaches a server's log. */
function tokenOfAddress(name: string): string | null {
  return new URLSearchParams(location.hash.slice(1)).get(name)
}

/**
 * The token of the link that led here, or null; `clear` takes it out of the address bar and the history at once.
 * A link that is opened where the page is shown already changes nothing but the fragment, so that is listened to.
 */
export function useLinkToken(name: string, clear: () => void): string | null {
  const [token, setToken] = useState(() => tokenOfAddress(name))
  useEffect(() => {
    const take = () => {
      if (!location.hash) return
      const given = tokenOfAddress(name)
      if (given !== null) setToken(given)
      clear()
    }
    take()
    window.addEventListener('hashchange', take)
    return () => window.removeEventListener('hashchange', take)
  }, [name, clear])
  return token
}
