import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { Folder } from '@/api/types'
import { folderList, openFolder } from '@/lib/folders'
import { formatBytes, formatDay } from '@/lib/format'
import {
  activeFilters,
  dropping,
  togglingTag,
  type FilterChange,
  type FilterKind,
  type LibraryFilters,
} from '@/lib/library-filters'
import { listed } from '@/lib/reading'
import { useLocale } from '@/lib/use-locale'

/** One thing that narrows, in words, and the change that drops it. */
export type ActiveFilter = { key: string; kind: FilterKind; text: string; drop: FilterChange }

/** A folder as it is called to the reader: somebody else's with whose it is. */
export function folderName(folder: Folder): string {
  return folder.mine ? folder.path : `${folder.path} (${folder.owner.name})`
}

/** "JPEG" for `image/jpeg`. */
export function typeName(type: string): string {
  return (type.split('/')[1] ?? type).replace(/^x-|\+.*$/g, '').toUpperCase()
}

/** A camera's clock says the day; no zone is applied. */
function dayOf(day: string, locale: string): string {
  return formatDay(`${day}T12:00:00`, locale)
}

/** Days from one to another: whole years by their number, others written out. */
export function takenWords({ from, to }: LibraryFilters, locale: string, t: TFunction): string {
  const first = from?.endsWith('-01-01') ? from.slice(0, 4) : undefined
  const last = to?.endsWith('-12-31') ? to.slice(0, 4) : undefined
  if (from !== undefined && to !== undefined) {
    if (first !== undefined && last !== undefined) return first === last ? first : `${first}–${last}`
    return from === to ? dayOf(from, locale) : `${dayOf(from, locale)} – ${dayOf(to, locale)}`
  }
  if (from !== undefined) return t('filter.since', { day: first ?? dayOf(from, locale) })
  return to === undefined ? '' : t('filter.until', { day: last ?? dayOf(to, locale) })
}

function sizeWords({ min_bytes, max_bytes }: LibraryFilters, locale: string, t: TFunction): string {
  const least = min_bytes === undefined ? undefined : formatBytes(min_bytes, locale)
  const most = max_bytes === undefined ? undefined : formatBytes(max_bytes, locale)
  if (least !== undefined && most !== undefined) return `${least} – ${most}`
  return least === undefined ? t('filter.atMost', { size: most }) : t('filter.atLeast', { size: least })
}

type Words = { t: TFunction; locale: string; folders: readonly Folder[] }

const WORDS: Readonly<Partial<Record<FilterKind, (filters: LibraryFilters, words: Words) => string>>> = {
  taken: (filters, { locale, t }) => takenWords(filters, locale, t),
  size: (filters, { locale, t }) => sizeWords(filters, locale, t),
  folder: (filters, { folders, t }) => {
    const open = openFolder(folders, filters)
    return open ? folderName(open) : (filters.folder ?? t('filter.folderGone'))
  },
  camera: ({ camera = '' }, { t }) => camera || t('filter.cameraUnknown'),
  type: ({ type = '' }) => typeName(type),
  owner: ({ owner = '' }, { t }) => (owner === 'me' ? t('filter.mine') : owner),
  orientation: ({ orientation = 'square' }, { t }) => t(`filter.${orientation}`),
  rating: ({ rating = 1 }, { t }) => t('filter.stars', { count: rating }),
  undated: (_, { t }) => t('filter.undated'),
  favourite: (_, { t }) => t('filter.favourite'),
  expiring: (_, { t }) => t('filter.expiring'),
  untagged: (_, { t }) => t('filter.untagged'),
}

/** What narrows, each with words for it; several tags are several. */
export function useActiveFilters(filters: LibraryFilters): ActiveFilter[] {
  const { t } = useTranslation()
  const locale = useLocale()
  const folders = useQuery(folderList).data ?? []
  return activeFilters(filters).flatMap((kind): ActiveFilter[] =>
    kind === 'tag'
      ? listed(filters.tag).map((tag) => ({ key: `tag:${tag}`, kind, text: tag, drop: togglingTag(filters, tag) }))
      : [{ key: kind, kind, text: WORDS[kind]?.(filters, { t, locale, folders }) ?? '', drop: dropping(kind) }],
  )
}
