import { lazy, Suspense } from 'react'
import { createStore, useStore } from '@/lib/store'

const ChangesSheet = lazy(() => import('./changes-sheet'))

const isShown = createStore(false)

/** Shows what was changed lately. */
export function showChanges(): void {
  isShown.set(true)
}

/** Where the list of what was changed lately opens, on any screen. */
export function ChangesHost() {
  if (!useStore(isShown)) return null
  return (
    <Suspense>
      <ChangesSheet onClose={() => isShown.set(false)} />
    </Suspense>
  )
}
