import { readLibrarySearch } from './library-search'

/** What the address of an album says besides the album: the open picture, and whether the order is being changed. */
export type AlbumSearch = { photo?: string; arrange?: true }

/** Reads an address that anybody may have typed: what makes no sense is left out. */
export function readAlbumSearch(raw: Record<string, unknown>): AlbumSearch {
  const { photo } = readLibrarySearch({ photo: raw['photo'] })
  if (photo !== undefined) return { photo }
  return String(raw['arrange']) === 'true' ? { arrange: true } : {}
}
