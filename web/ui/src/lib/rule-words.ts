import type { Folder, Narrowing } from '@/api/types'
import type en from '@/locales/en.json'
import { formatBytes, formatDay, formatMegapixels } from './format'

/** The conditions of a rule, as far as there are any: all that is here must hold. */
export type Rule = { [name in keyof Narrowing]?: NonNullable<Narrowing[name]> }
export type RuleMember = keyof Rule

type LabelKey = Extract<keyof typeof en, `rule.${string}`>

/** What each condition is called, in the order in which a rule is read. */
const LABELS = {
  tag: 'rule.tag',
  any_tag: 'rule.anyTag',
  no_tag: 'rule.noTag',
  untagged: 'rule.untagged',
  folder: 'rule.folder',
  folder_id: 'rule.folder',
  folder_called: 'rule.folder',
  album: 'rule.album',
  album_called: 'rule.album',
  from: 'rule.from',
  to: 'rule.to',
  undated: 'rule.undated',
  favourite: 'rule.favourite',
  rating: 'rule.rating',
  type: 'rule.type',
  camera: 'rule.camera',
  camera_like: 'rule.camera',
  lens_like: 'rule.lens',
  name_like: 'rule.name',
  owner: 'rule.owner',
  orientation: 'rule.orientation',
  min_bytes: 'rule.atLeast',
  max_bytes: 'rule.atMost',
  min_pixels: 'rule.atLeast',
  max_pixels: 'rule.atMost',
  uploaded_from: 'rule.uploadedFrom',
  uploaded_to: 'rule.uploadedTo',
  expiring: 'rule.expiring',
  expires_before: 'rule.expiresBefore',
  expires_within: 'rule.expiresWithin',
  q: 'rule.q',
} as const satisfies Record<RuleMember, LabelKey>

/** One condition: what it is about, and how it is put; a mere yes has no value. */
export type RulePart = { member: RuleMember; label: LabelKey; value: string | null }

/** A rule without what it does not say. */
export function ruleOf(narrowing: Narrowing): Rule {
  const said = Object.entries(narrowing as Record<string, unknown>)
  return Object.fromEntries(said.filter(([, value]) => value !== null && value !== false))
}

export function tagsOf(rule: Rule): string[] {
  return (rule.tag ?? '').split(',').filter((name) => name !== '')
}

function valueOf(member: RuleMember, value: string | number, folders: readonly Folder[], locale: string): string {
  switch (member) {
    case 'folder_id':
      return folders.find((folder) => folder.id === value)?.path ?? '…'
    case 'from':
    case 'to':
    case 'uploaded_from':
    case 'uploaded_to':
    case 'expires_before':
      return formatDay(`${value}T12:00`, locale)
    case 'min_bytes':
    case 'max_bytes':
      return formatBytes(Number(value), locale)
    case 'min_pixels':
    case 'max_pixels':
      return formatMegapixels(Number(value), 1, locale)
    case 'rating':
      return '★'.repeat(Number(value))
    default:
      return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value.replaceAll(',', ', ')
  }
}

/** A rule in words, one condition after the other. */
export function ruleParts(rule: Rule, folders: readonly Folder[], locale: string): RulePart[] {
  return (Object.keys(LABELS) as RuleMember[]).flatMap((member) => {
    const value = rule[member]
    if (value === undefined) return []
    return [
      {
        member,
        label: LABELS[member],
        value: typeof value === 'boolean' ? null : valueOf(member, value, folders, locale),
      },
    ]
  })
}
