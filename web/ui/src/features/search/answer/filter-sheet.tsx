import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Sheet } from '@/components/sheet'
import { activeFilters, dropping } from '@/lib/library-filters'
import { useLocale } from '@/lib/use-locale'
import { facetsOf } from '../queries'
import {
  CameraPart,
  FolderPart,
  OnlyPart,
  OwnerPart,
  ShapePart,
  SizePart,
  StarsPart,
  TagPart,
  TypePart,
  WhenPart,
  type PartProps,
} from './filter-parts'
import { FilterGroup } from './filter-values'

/** All that narrows, on a sheet: what is chosen holds at once. */
export default function FilterSheet({ search, onChange, onClose }: PartProps & { onClose: () => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const facets = useQuery(facetsOf(search)).data
  const part = { search, onChange }
  const hasOthers = search.owner !== undefined || (facets?.owners.length ?? 0) > 1
  const active = activeFilters(search)
  return (
    <Sheet title={t('filter.all')} onClose={onClose}>
      <div className="filter-groups">
        <FilterGroup title={t('filter.when')}>
          <WhenPart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.folder')}>
          <FolderPart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.tag')}>
          <TagPart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.camera')}>
          <CameraPart {...part} />
        </FilterGroup>
        {hasOthers && (
          <FilterGroup title={t('filter.owner')}>
            <OwnerPart {...part} />
          </FilterGroup>
        )}
        <FilterGroup title={t('filter.only')}>
          <OnlyPart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.rating')}>
          <StarsPart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.orientation')}>
          <ShapePart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.type')}>
          <TypePart {...part} />
        </FilterGroup>
        <FilterGroup title={t('filter.size')}>
          <SizePart {...part} />
        </FilterGroup>
      </div>
      <div className="form-actions filter-actions">
        <button
          type="button"
          className="btn"
          aria-disabled={active.length === 0}
          onClick={() => active.length > 0 && onChange(dropping(...active))}
        >
          {t('filter.clearAll')}
        </button>
        <button type="button" className="btn primary" onClick={onClose}>
          {facets
            ? t('filter.show', { count: facets.total, number: new Intl.NumberFormat(locale).format(facets.total) })
            : t('sheet.done')}
        </button>
      </div>
    </Sheet>
  )
}
