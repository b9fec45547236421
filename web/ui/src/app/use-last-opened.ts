import { useState } from 'react'

/** The picture that was open until just now: where the focus belongs after closing. */
export function useLastOpened(photo: string | undefined): { id: string } | null {
  const [state, setState] = useState<{ open: string | undefined; last: { id: string } | null }>({
    open: photo,
    last: null,
  })
  if (state.open !== photo)
    setState({ open: photo, last: photo === undefined && state.open !== undefined ? { id: state.open } : null })
  return state.last
}
