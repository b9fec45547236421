import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Folder } from '@/api/types'
import type { LibrarySearch } from './library-search'
import { keys } from './query'

/** All folders that the person sees, their own first, in the order of their paths. */
export const folderList = queryOptions({
  queryKey: keys.folders,
  queryFn: ({ signal }): Promise<Folder[]> => unwrap(api.GET('/api/folders', { signal })),
})

/** The part of the library's address that narrows it to this folder. */
export function folderSearch(folder: Folder): Pick<LibrarySearch, 'folder' | 'folder_id'> {
  return folder.mine ? { folder: folder.path } : { folder_id: folder.id }
}

/** The folder that the library is narrowed to, as far as it is one of these. */
export function openFolder(folders: readonly Folder[], search: LibrarySearch): Folder | undefined {
  if (search.folder_id !== undefined) return folders.find((folder) => folder.id === search.folder_id)
  return folders.find((folder) => folder.mine && folder.path === search.folder)
}

/** How many of the folders that a folder is in are in the list too. */
export function depthIn(folders: ReadonlyMap<string, Folder>, folder: Folder): number {
  let depth = 0
  for (let above = folder.parent; above !== null; depth += 1) {
    const next = folders.get(above)
    if (!next) break
    above = next.parent
  }
  return depth
}

/** The folder itself and all that are below it, by id. */
export function withThoseBelow(folders: readonly Folder[], top: Folder): ReadonlySet<string> {
  const found = new Set([top.id])
  // As long as a round finds more: the order of the list is none of this function's business.
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const folder of folders) if (folder.parent !== null && found.has(folder.parent)) found.add(folder.id)
  }
  return found
}
