import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { me } from '@/lib/auth'
import { readPreference, writePreference } from '@/lib/preferences'
import type { Keep } from '@/lib/ttl'
import { uploadTarget } from '@/lib/upload-target'
import { ACCEPT } from './accept'
import { engineOf, type Engine } from './engine'
import { placeIn, type Entry, type Picked } from './entry'
import type { QueueStatus, UploadQueue } from './queue'
import { readInput } from './read-drop'

type Uploads = Engine & {
  add: (picked: readonly Picked[]) => void
  pickFiles: () => void
  pickFolder: () => void
  /** Whether folders that are dropped or picked become folders of the library. */
  keepsFolders: boolean
  setKeepsFolders: (keeps: boolean) => void
}

const Context = createContext<Uploads | null>(null)

/** The one queue of this tab, and the ways to put files into it. */
export function useUploads(): Uploads {
  const uploads = use(Context)
  if (!uploads) throw new Error('useUploads outside UploadProvider')
  return uploads
}

export function useEntries(queue: UploadQueue): readonly Entry[] {
  return useSyncExternalStore(queue.subscribe, queue.snapshot)
}

export function useQueueStatus(queue: UploadQueue): QueueStatus {
  return useSyncExternalStore(queue.subscribe, queue.status)
}

/** How long what is added next is kept, and how to choose it; remembered for the next visit. */
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

/** Holds the ways to add pictures above all screens, so that going from one to the next interrupts nothing. */
export function UploadProvider({ children }: { children: ReactNode }) {
  const engine = engineOf(useQueryClient())
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const [keepsFolders, setKeepsFolders] = useState(readPreference('folders') !== 'flat')
  const person = useQuery(me).data?.id
  useEffect(() => {
    if (person !== undefined) engine.belongTo(person)
  }, [engine, person])
  const uploads = useMemo(
    (): Uploads => ({
      ...engine,
      add: (picked) => {
        const flat = keepsFolders ? picked : picked.map((each) => ({ ...each, folder: '' }))
        engine.queue.add(placeIn(uploadTarget.get(), flat))
      },
      pickFiles: () => files.current?.click(),
      pickFolder: () => folder.current?.click(),
      keepsFolders,
      setKeepsFolders: (keeps) => {
        writePreference('folders', keeps ? null : 'flat')
        setKeepsFolders(keeps)
      },
    }),
    [engine, keepsFolders],
  )
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
