import type { Edit } from '@/api/types'

/** What an edit did, as a key of the locales and what its text needs to know. */
export type EditWords =
  | { key: 'trash' | 'restore' | 'favourite' | 'notFavourite' | 'rating' | 'noRating' | 'noFolder' | 'otherFolder' }
  | { key: 'tags' | 'addToSomeAlbum' | 'removeFromSomeAlbum' | 'keepAlways' | 'taken' | 'takenAsFile' | 'shifted' }
  | { key: 'other' }
  | { key: 'folder' | 'addToAlbum' | 'removeFromAlbum'; name: string }
  | { key: 'addTags' | 'removeTags'; tags: string }
  | { key: 'bothTags'; tags: string; removed: string }
  | { key: 'keepUntil'; moment: string }
  | { key: 'keepLonger'; count: number }

/** The names that ids have now; what is gone or not theirs to see has none. */
export type Names = { folders: ReadonlyMap<string, string>; albums: ReadonlyMap<string, string> }

const DAY_SECONDS = 86_400

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : ''
}

function tagWords(changes: Edit['changes']): EditWords | null {
  const tags = listOf(changes['add_tags'])
  const removed = listOf(changes['remove_tags'])
  if (tags !== '' && removed !== '') return { key: 'bothTags', tags, removed }
  if (tags !== '') return { key: 'addTags', tags }
  if (removed !== '') return { key: 'removeTags', tags: removed }
  return 'tags' in changes ? { key: 'tags' } : null
}

function lifeWords(changes: Edit['changes']): EditWords | null {
  const until = changes['expires_at'] ?? changes['expires_by']
  if (typeof until === 'string') return { key: 'keepUntil', moment: until }
  if ('expires_at' in changes) return { key: 'keepAlways' }
  const longer = changes['extend_seconds']
  return typeof longer === 'number' ? { key: 'keepLonger', count: Math.round(longer / DAY_SECONDS) } : null
}

function placeWords(changes: Edit['changes'], names: Names): EditWords | null {
  const into = changes['add_to_album']
  const outOf = changes['remove_from_album']
  if (typeof into === 'string') {
    const name = names.albums.get(into)
    return name === undefined ? { key: 'addToSomeAlbum' } : { key: 'addToAlbum', name }
  }
  if (typeof outOf === 'string') {
    const name = names.albums.get(outOf)
    return name === undefined ? { key: 'removeFromSomeAlbum' } : { key: 'removeFromAlbum', name }
  }
  if (!('folder_id' in changes)) return null
  const folder = changes['folder_id']
  if (typeof folder !== 'string') return { key: 'noFolder' }
  const name = names.folders.get(folder)
  return name === undefined ? { key: 'otherFolder' } : { key: 'folder', name }
}

/** What an edit did, said shortly; one that does several things is named by the first of them. */
export function wordsOf(changes: Edit['changes'], names: Names): EditWords {
  if (changes['trash'] === true) return { key: 'trash' }
  if (changes['restore'] === true) return { key: 'restore' }
  const placed = placeWords(changes, names) ?? tagWords(changes) ?? lifeWords(changes)
  if (placed) return placed
  if ('favourite' in changes) return { key: changes['favourite'] === true ? 'favourite' : 'notFavourite' }
  if ('rating' in changes) return { key: changes['rating'] === null ? 'noRating' : 'rating' }
  if ('shift_taken_minutes' in changes) return { key: 'shifted' }
  if ('taken' in changes) return { key: changes['taken'] === null ? 'takenAsFile' : 'taken' }
  return { key: 'other' }
}
