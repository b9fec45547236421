import { CalendarDays, Camera, ChevronDown, Folder, SlidersHorizontal, Tag, X, type LucideIcon } from 'lucide-react'
import { lazy, Suspense, useRef, useState, type ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Popover } from 'react-aria-components'
import type { FilterKind } from '@/lib/library-filters'
import { changed } from '@/lib/library-search'
import type { SearchPageProps } from '../place'
import { CameraPart, FolderPart, TagPart, WhenPart, type PartProps } from './filter-parts'
import { useActiveFilters } from './filter-words'
import './filters.css'

const FilterSheet = lazy(() => import('./filter-sheet'))

type Quick = {
  kind: FilterKind
  name: 'filter.when' | 'filter.folder' | 'filter.tag' | 'filter.camera'
  icon: LucideIcon
  Part: ComponentType<PartProps>
  /** Whether one choice is all there is to choose. */
  isSingle: boolean
}

/** What is narrowed by most, one step away on wide screens. */
const QUICK: readonly Quick[] = [
  { kind: 'taken', name: 'filter.when', icon: CalendarDays, Part: WhenPart, isSingle: false },
  { kind: 'folder', name: 'filter.folder', icon: Folder, Part: FolderPart, isSingle: true },
  { kind: 'tag', name: 'filter.tag', icon: Tag, Part: TagPart, isSingle: false },
  { kind: 'camera', name: 'filter.camera', icon: Camera, Part: CameraPart, isSingle: true },
]

function QuickFilter({ name, icon: Icon, Part, isSingle, search, onChange }: Quick & PartProps) {
  const { t } = useTranslation()
  const [isOpen, setIsOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <Button
        ref={button}
        className="chip filter-quick"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onPress={() => setIsOpen(true)}
      >
        <Icon size={15} aria-hidden />
        {t(name)}
        <ChevronDown size={15} aria-hidden />
      </Button>
      <Popover
        className="popover filter-popover"
        placement="bottom start"
        aria-label={t(name)}
        triggerRef={button}
        isOpen={isOpen}
        onOpenChange={setIsOpen}
      >
        <div className="filter-dialog">
          <Part
            search={search}
            onChange={(change) => {
              onChange(change)
              if (isSingle) setIsOpen(false)
            }}
          />
        </div>
      </Popover>
    </>
  )
}

/** How the library is narrowed: ways to do it, and what narrows now, each to be dropped. */
export function FilterBar({ search, onSearch }: Pick<SearchPageProps, 'search' | 'onSearch'>) {
  const { t } = useTranslation()
  const [isOpen, setIsOpen] = useState(false)
  const active = useActiveFilters(search)
  const onChange: PartProps['onChange'] = (change) => onSearch(changed(search, change), {})
  return (
    <div className="filter-bar" role="group" aria-label={t('filter.bar')}>
      <button type="button" className="chip" data-active={active.length > 0} onClick={() => setIsOpen(true)}>
        <SlidersHorizontal size={15} aria-hidden />
        {t('filter.all')}
        {active.length > 0 && <span className="filter-count numeric">{active.length}</span>}
      </button>
      {QUICK.map((quick) => (
        <QuickFilter key={quick.kind} {...quick} search={search} onChange={onChange} />
      ))}
      {active.map(({ key, text, drop }) => (
        <button
          key={key}
          type="button"
          className="chip"
          data-active="true"
          aria-label={`${t('filter.clear')}: ${text}`}
          onClick={() => onChange(drop)}
        >
          <span className="chip-text">{text}</span>
          <X size={15} aria-hidden />
        </button>
      ))}
      {isOpen && (
        <Suspense>
          <FilterSheet search={search} onChange={onChange} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
