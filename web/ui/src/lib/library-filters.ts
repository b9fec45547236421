import { day, flag, listed, oneOf, present, text, uuid, whole } from './reading'

/** What narrows the library besides the words in the box: each is a parameter of the API by the same name. */
export type LibraryFilters = {
  /** One's own folder, by its path. */
  folder?: string
  /** Somebody else's, by its id. */
  folder_id?: string
  /** All of these, comma separated. */
  tag?: string
  /** Days, `2024-05-31`, both included. */
  from?: string
  to?: string
  undated?: true
  /** `image`, or a MIME type. */
  type?: string
  /** Empty: the picture does not say. */
  camera?: string
  /** A name, or `me`. */
  owner?: string
  orientation?: Orientation
  min_bytes?: number
  max_bytes?: number
  favourite?: true
  /** So many stars or more. */
  rating?: number
  expiring?: true
  untagged?: true
}

export const ORIENTATIONS = ['landscape', 'portrait', 'square'] as const
export type Orientation = (typeof ORIENTATIONS)[number]

/** Members that are chosen and dropped together, in the order in which they are shown. */
const MEMBERS = {
  taken: ['from', 'to'],
  undated: ['undated'],
  folder: ['folder', 'folder_id'],
  tag: ['tag'],
  camera: ['camera'],
  type: ['type'],
  owner: ['owner'],
  orientation: ['orientation'],
  size: ['min_bytes', 'max_bytes'],
  rating: ['rating'],
  favourite: ['favourite'],
  expiring: ['expiring'],
  untagged: ['untagged'],
} as const satisfies Record<string, readonly (keyof LibraryFilters)[]>

export type FilterKind = keyof typeof MEMBERS

export const FILTER_KINDS = Object.keys(MEMBERS) as FilterKind[]

/** A change of filters; `undefined` drops one. */
export type FilterChange = { [name in keyof LibraryFilters]?: LibraryFilters[name] | undefined }

const TYPE = /^(image|video|[a-z]+\/[a-z0-9.+-]+)$/

function type(value: unknown): string | undefined {
  const words = text(value, 100)
  return words !== undefined && TYPE.test(words) ? words : undefined
}

/** Reads the filters of an address that anybody may have typed: what makes no sense is left out. */
export function readFilters(raw: Record<string, unknown>): LibraryFilters {
  const folder = text(raw['folder'], 1000)
  const from = day(raw['from'])
  const to = day(raw['to'])
  const isTurned = from !== undefined && to !== undefined && from > to
  const least = whole(raw['min_bytes'], 1, Number.MAX_SAFE_INTEGER)
  const most = whole(raw['max_bytes'], 1, Number.MAX_SAFE_INTEGER)
  const isSwapped = least !== undefined && most !== undefined && least > most
  return present({
    folder,
    folder_id: folder === undefined ? uuid(raw['folder_id']) : undefined,
    tag: listed(raw['tag']).join(',') || undefined,
    from: isTurned ? to : from,
    to: isTurned ? from : to,
    undated: flag(raw['undated']),
    type: type(raw['type']),
    camera: raw['camera'] === '' ? '' : text(raw['camera'], 300),
    owner: text(raw['owner'], 200),
    orientation: oneOf(raw['orientation'], ORIENTATIONS),
    min_bytes: isSwapped ? most : least,
    max_bytes: isSwapped ? least : most,
    favourite: flag(raw['favourite']),
    rating: whole(raw['rating'], 1, 5),
    expiring: flag(raw['expiring']),
    untagged: flag(raw['untagged']),
  })
}

/**
 * The filters of an address as the API's parameters, the same for `/api/search`, `/api/assets`, `/api/facets` and
 * `/api/timeline/…`; without words and without a picture to be like.
 */
export function filtersOf(search: LibraryFilters): LibraryFilters {
  const names = FILTER_KINDS.flatMap((kind): readonly (keyof LibraryFilters)[] => MEMBERS[kind])
  return Object.fromEntries(names.filter((name) => search[name] !== undefined).map((name) => [name, search[name]]))
}

/** What narrows, in the order in which it is shown. */
export function activeFilters(search: LibraryFilters): FilterKind[] {
  return FILTER_KINDS.filter((kind) => MEMBERS[kind].some((name) => search[name] !== undefined))
}

/** The change that drops filters of these kinds. */
export function dropping(...kinds: FilterKind[]): FilterChange {
  return Object.fromEntries(kinds.flatMap((kind) => MEMBERS[kind].map((name) => [name, undefined])))
}

/** The change that puts a tag to those that are asked for, or takes it away. */
export function togglingTag(search: LibraryFilters, tag: string): FilterChange {
  const tags = listed(search.tag)
  const next = tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag]
  return { tag: next.join(',') || undefined }
}
