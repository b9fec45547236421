import type { QueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, unwrap } from '@/api/client'
import { codeOf } from '@/api/errors'
import type { Asset, AssetPatch } from '@/api/types'
import { mergeAssets, patchAsset } from '@/lib/assets'
import { createStore, useStore } from '@/lib/store'

/** A change of one picture: what the server is told, and how the picture looks until it has answered. */
export type Change = {
  /** A function where it depends on what the picture has by then: others may have changed that meanwhile. */
  body: AssetPatch | ((now: Asset) => AssetPatch)
  show: (asset: Asset) => Asset
}

/** What is on its way to the server, by picture, oldest first. */
const pending = createStore<ReadonlyMap<string, readonly Change[]>>(new Map())
/** The last change of each picture that is still on its way; none of these promises is ever rejected. */
const last = new Map<string, Promise<unknown>>()

function setPending(id: string, change: (changes: readonly Change[]) => readonly Change[]): void {
  const next = new Map(pending.get())
  const changes = change(next.get(id) ?? [])
  if (changes.length === 0) next.delete(id)
  else next.set(id, changes)
  pending.set(next)
}

/** The picture with what the person has changed of it and the server has not confirmed yet. */
export function edited(asset: Asset, changes: readonly Change[] | undefined): Asset {
  return (changes ?? []).reduce((shown, change) => change.show(shown), asset)
}

/** Like `edited`, following what is on its way. */
export function useEdited(asset: Asset | undefined): Asset | undefined {
  const changes = useStore(pending).get(asset?.id ?? '')
  return useMemo(() => asset && edited(asset, changes), [asset, changes])
}

/** When nothing of this picture is on its way any more, whatever came of it. */
export async function settled(id: string): Promise<void> {
  for (let open = last.get(id); open !== undefined; open = last.get(id)) await open
}

async function fresh(client: QueryClient, id: string): Promise<Asset> {
  const asset = await unwrap(api.GET('/api/assets/{id}', { params: { path: { id } } }))
  mergeAssets(client, [asset])
  return asset
}

async function send(client: QueryClient, id: string, { body }: Change): Promise<Asset> {
  if (typeof body === 'function') return patchAsset(client, id, body(await fresh(client, id)))
  try {
    return await patchAsset(client, id, body)
  } catch (error) {
    if (codeOf(error) !== 'conflict') throw error
    // It was taken out of the trash again meanwhile, or changed under our hands: what was meant still holds.
    const now = await fresh(client, id)
    if (now.state !== 'active') throw error
    return patchAsset(client, id, body)
  }
}

/**
 * Changes a picture: shown at once, sent after what was changed of it before, and as it was again if the server
 * refuses. Changes of one picture never overtake each other.
 */
export function editAsset(client: QueryClient, id: string, change: Change): Promise<Asset> {
  setPending(id, (changes) => [...changes, change])
  const sent = (last.get(id) ?? Promise.resolve())
    .then(() => send(client, id, change))
    .finally(() => setPending(id, (changes) => changes.filter((other) => other !== change)))
  const quiet: Promise<unknown> = sent
    .catch(() => undefined)
    .then(() => {
      if (last.get(id) === quiet) last.delete(id)
    })
  last.set(id, quiet)
  return sent
}
