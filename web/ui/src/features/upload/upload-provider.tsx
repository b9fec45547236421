import { useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { api, unwrap } from '@/api/client'
import { addToLibrary, patchAsset } from '@/lib/assets'
import { me } from '@/lib/auth'
import { keys } from '@/lib/query'
import { readPreference, writePreference } from '@/lib/preferences'
import { serverStatus } from '@/lib/status'
import { isKeep, type Keep } from '@/lib/ttl'
import { uploadTarget } from '@/lib/upload-target'
import { ACCEPT } from './accept'
import { placeIn, type Entry, type Picked } from './entry'
import { createHasher } from './hash'
import { UploadQueue } from './queue'
import { readInput } from './read-drop'
import { sendFile } from './send'

type Uploads = {
  queue: UploadQueue
  add: (picked: readonly Picked[]) => void
  pickFiles: () => void
  pickFolder: () => void
}

const Context = createContext<Uploads | null>(null)

/** The one queue of this tab, and the ways to put files into it. */
export function useUploads(): Uploads {
  const uploads = use(Context)
  if (!uploads) throw new Error('useUploads outside UploadProvider')
  return uploads
}

export function useEntries(): readonly Entry[] {
  const { queue } = useUploads()
  return useSyncExternalStore(queue.subscribe, queue.snapshot)
}

/** How long what is added is kept, and how to choose it; remembered for the next visit. */
export function useKeep(): [Keep, (keep: Keep) => void] {
  const { queue } = useUploads()
  const keep = useSyncExternalStore(queue.subscribe, queue.keep)
  return [
    keep,
    (chosen) => {
      writePreference('keep', chosen)
      queue.setKeep(chosen)
    },
  ]
}

/** Whether a list of assets shows a part of the library only. */
function isNarrowed(query: { queryKey: readonly unknown[] }): boolean {
  return Object.keys(query.queryKey[1] ?? {}).length > 0
}

function useQueue(): UploadQueue {
  const client = useQueryClient()
  const [queue] = useState(() => {
    const remembered = readPreference('keep')
    return new UploadQueue(
      {
        hash: createHasher(),
        check: (files) => unwrap(api.POST('/api/uploads/check', { body: files })),
        send: sendFile,
        setKeep: (id, ttl) => patchAsset(client, id, { ttl }),
        onStored: (asset) => {
          addToLibrary(client, [asset])
          // Lists of a folder or a tag: the server knows whether it belongs there.
          void client.invalidateQueries({ queryKey: keys.assetLists, predicate: isNarrowed }, { cancelRefetch: false })
          // Asked once for a burst: a request that is under way is not made again.
          for (const queryKey of [keys.status, keys.folders])
            void client.invalidateQueries({ queryKey }, { cancelRefetch: false })
        },
        isLimited: () => (client.getQueryData(me.queryKey)?.quota_bytes ?? null) !== null,
        free: () => client.getQueryData(serverStatus.queryKey)?.volume.free_bytes ?? null,
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      },
      isKeep(remembered) ? remembered : 'never',
    )
  })
  return queue
}

/** Holds the upload queue above all screens, so that going from one to the next interrupts nothing. */
export function UploadProvider({ children }: { children: ReactNode }) {
  const queue = useQueue()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const [uploads] = useState<Uploads>(() => ({
    queue,
    add: (picked) => queue.add(placeIn(uploadTarget.get(), picked)),
    pickFiles: () => files.current?.click(),
    pickFolder: () => folder.current?.click(),
  }))
  useEffect(() => folder.current?.setAttribute('webkitdirectory', ''), [])
  const take = (input: HTMLInputElement) => {
    uploads.add(readInput(input.files))
    input.value = ''
  }
  return (
    <Context value={uploads}>
      {children}
      <input
        ref={files}
        type="file"
        hidden
        multiple
        accept={ACCEPT}
        data-testid="pick-files"
        onChange={(event) => take(event.target)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        multiple
        data-testid="pick-folder"
        onChange={(event) => take(event.target)}
      />
    </Context>
  )
}
