import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Facets } from '@/api/types'
import { SelectField } from '@/components/fields'
import { folderList, folderSearch, openFolder } from '@/lib/folders'
import { formatBytes } from '@/lib/format'
import {
  dropping,
  ORIENTATIONS,
  togglingTag,
  type FilterChange,
  type FilterKind,
  type LibraryFilters,
} from '@/lib/library-filters'
import { changed, type LibrarySearch } from '@/lib/library-search'
import { listed } from '@/lib/reading'
import { useLocale } from '@/lib/use-locale'
import { facetsOf } from '../queries'
import { DateRange } from './filter-dates'
import { folderName, typeName } from './filter-words'
import { ValueChips, ValueList, type Value } from './filter-values'

export type PartProps = { search: LibrarySearch; onChange: (change: FilterChange) => void }

/** What there is to choose from besides what these kinds already narrow to: a value can be changed for another one. */
function useFacets(search: LibrarySearch, ...besides: FilterKind[]): Facets | undefined {
  return useQuery(facetsOf(changed(search, dropping(...besides)))).data
}

const counted = (counts: Facets['cameras'] = []): Value[] =>
  counts.map(({ value, assets }) => ({ id: value, text: value, count: assets }))

const oneOrNone = (value: string | undefined): string[] => (value === undefined ? [] : [value])

/** The year that a range of days is, if it is one. */
function yearOf({ from, to }: LibraryFilters): string | undefined {
  const year = from?.slice(0, 4)
  return year !== undefined && from === `${year}-01-01` && to === `${year}-12-31` ? year : undefined
}

export function WhenPart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  const facets = useFacets(search, 'taken', 'undated')
  const year = yearOf(search)
  return (
    <>
      <ValueChips
        values={counted(facets?.years)}
        chosen={oneOrNone(year)}
        onToggle={(id) =>
          onChange(id === year ? dropping('taken') : { from: `${id}-01-01`, to: `${id}-12-31`, undated: undefined })
        }
      />
      <DateRange from={search.from} to={search.to} onChange={onChange} />
      <ValueChips
        values={[{ id: 'undated', text: t('filter.undated'), count: facets?.undated ?? null }]}
        chosen={search.undated ? ['undated'] : []}
        onToggle={() => onChange({ undated: search.undated ? undefined : true })}
      />
    </>
  )
}

export function FolderPart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  const folders = useQuery(folderList).data ?? []
  const facets = useFacets(search, 'folder')
  const open = openFolder(folders, search)
  const counts = new Map(facets?.folders.map(({ id, assets }) => [id, assets]))
  const values = folders
    .filter(({ id }) => counts.has(id) || id === open?.id)
    .map((folder) => ({ id: folder.id, text: folderName(folder), count: counts.get(folder.id) ?? 0 }))
  return (
    <ValueList
      values={values}
      chosen={oneOrNone(open?.id)}
      find={t('filter.findFolder')}
      onToggle={(id) => {
        const folder = folders.find((one) => one.id === id)
        onChange({ ...dropping('folder'), ...(folder && id !== open?.id ? folderSearch(folder) : {}) })
      }}
    />
  )
}

export function TagPart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  const facets = useFacets(search, 'untagged')
  return (
    <>
      <ValueList
        values={(facets?.tags ?? []).map(({ name, assets }) => ({ id: name, text: name, count: assets }))}
        chosen={listed(search.tag)}
        find={t('filter.findTag')}
        onToggle={(tag) => onChange({ ...togglingTag(search, tag), untagged: undefined })}
      />
      <ValueChips
        values={[{ id: 'untagged', text: t('filter.untagged'), count: null }]}
        chosen={search.untagged ? ['untagged'] : []}
        onToggle={() => onChange(search.untagged ? { untagged: undefined } : { untagged: true, tag: undefined })}
      />
    </>
  )
}

export function CameraPart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  const facets = useFacets(search, 'camera')
  return (
    <ValueList
      values={counted(facets?.cameras).map((one) =>
        one.id === '' ? { ...one, text: t('filter.cameraUnknown') } : one,
      )}
      chosen={oneOrNone(search.camera)}
      find={t('filter.findCamera')}
      onToggle={(camera) => onChange({ camera: camera === search.camera ? undefined : camera })}
    />
  )
}

export function TypePart({ search, onChange }: PartProps) {
  const facets = useFacets(search, 'type')
  return (
    <ValueChips
      values={counted(facets?.types).map((one) => ({ ...one, text: typeName(one.id) }))}
      chosen={oneOrNone(search.type)}
      onToggle={(type) => onChange({ type: type === search.type ? undefined : type })}
    />
  )
}

export function OwnerPart({ search, onChange }: PartProps) {
  const facets = useFacets(search, 'owner')
  return (
    <ValueChips
      values={(facets?.owners ?? []).map(({ name, assets }) => ({ id: name, text: name, count: assets }))}
      chosen={oneOrNone(search.owner)}
      onToggle={(owner) => onChange({ owner: owner === search.owner ? undefined : owner })}
    />
  )
}

export function ShapePart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  return (
    <ValueChips
      values={ORIENTATIONS.map((id) => ({ id, text: t(`filter.${id}`), count: null }))}
      chosen={oneOrNone(search.orientation)}
      onToggle={(id) =>
        onChange({ orientation: id === search.orientation ? undefined : ORIENTATIONS.find((one) => one === id) })
      }
    />
  )
}

const STARS = ['1', '2', '3', '4', '5']

export function StarsPart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  return (
    <ValueChips
      values={STARS.map((id) => ({ id, text: t('filter.stars', { count: Number(id) }), count: null }))}
      chosen={oneOrNone(search.rating?.toString())}
      onToggle={(id) => onChange({ rating: Number(id) === search.rating ? undefined : Number(id) })}
    />
  )
}

const SIZES = [100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000, 100_000_000]

/** The sizes to choose from; one that came by the address is among them. */
function useSizes(own: number | undefined): { value: string; text: string }[] {
  const { t } = useTranslation()
  const locale = useLocale()
  const all = own === undefined || SIZES.includes(own) ? SIZES : [...SIZES, own].sort((a, b) => a - b)
  const sizes = all.map((size) => ({ value: String(size), text: formatBytes(size, locale) }))
  return [{ value: '', text: t('filter.any') }, ...sizes]
}

export function SizePart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  const { min_bytes, max_bytes } = search
  return (
    <div className="filter-pair">
      <SelectField
        label={t('filter.least')}
        value={String(min_bytes ?? '')}
        options={useSizes(min_bytes)}
        onChoose={(size) => onChange({ min_bytes: Number(size) || undefined })}
      />
      <SelectField
        label={t('filter.most')}
        value={String(max_bytes ?? '')}
        options={useSizes(max_bytes)}
        onChoose={(size) => onChange({ max_bytes: Number(size) || undefined })}
      />
    </div>
  )
}

const ONLY = ['favourite', 'expiring'] as const

export function OnlyPart({ search, onChange }: PartProps) {
  const { t } = useTranslation()
  return (
    <ValueChips
      values={ONLY.map((id) => ({ id, text: t(`filter.${id}`), count: null }))}
      chosen={ONLY.filter((id) => search[id])}
      onToggle={(id) =>
        onChange(
          ONLY.reduce<FilterChange>((all, one) => (one === id ? { [one]: search[one] ? undefined : true } : all), {}),
        )
      }
    />
  )
}
