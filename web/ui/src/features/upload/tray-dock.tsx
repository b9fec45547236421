import { lazy, Suspense } from 'react'
import { useStore } from '@/lib/store'
import { useEntries, useUploads } from './upload-provider'

const UploadTray = lazy(() => import('./upload-tray').then((module) => ({ default: module.UploadTray })))

/** The place of the tray; what is in it is loaded when it first has something to say. */
export function TrayDock({ onOpen }: { onOpen: (assetId: string) => void }) {
  const { queue, unfinished } = useUploads()
  const entries = useEntries(queue)
  const left = useStore(unfinished)
  if (entries.length === 0 && left.files.length === 0 && left.more === 0) return null
  return (
    <Suspense>
      <UploadTray onOpen={onOpen} />
    </Suspense>
  )
}
