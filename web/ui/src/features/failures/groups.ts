import type { FailedAsset, Failures, RefusedUpload } from '@/api/types'

export type Group = {
  code: string
  /** What helps, as the server says it. */
  remedy: string
  assets: readonly FailedAsset[]
  uploads: readonly RefusedUpload[]
}

/** The failures by their reason, the most frequent one first; within it in the order of the server. */
export function groupsOf(failures: Failures | undefined): Group[] {
  if (failures === undefined) return []
  const groups = new Map<string, { code: string; remedy: string; assets: FailedAsset[]; uploads: RefusedUpload[] }>()
  const groupOf = ({ code, remedy }: { code: string; remedy: string }) => {
    const known = groups.get(code) ?? { code, remedy, assets: [], uploads: [] }
    groups.set(code, known)
    return known
  }
  for (const asset of failures.assets) groupOf(asset).assets.push(asset)
  for (const upload of failures.uploads) groupOf(upload).uploads.push(upload)
  const size = ({ assets, uploads }: Group) => assets.length + uploads.length
  return [...groups.values()].sort((one, other) => size(other) - size(one))
}
