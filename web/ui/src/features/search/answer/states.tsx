import { useQuery } from '@tanstack/react-query'
import { FolderOpen, ImagePlus, Images, LoaderCircle, SearchX, Sparkles, TriangleAlert, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '@/components/empty-state'
import { folderList, openFolder } from '@/lib/folders'
import { activeFilters } from '@/lib/library-filters'
import { changed, isSearching, strengthOf } from '@/lib/library-search'
import { serverStatus } from '@/lib/status'
import { useProblemText } from '@/lib/use-problem-text'
import type { SearchPageProps } from '../place'
import type { Library } from '../use-library'
import { useActiveFilters } from './filter-words'
import { DegradedNotice } from './results-head'

const QUIET_MS = 300

/** Nothing at first: most answers are there before anybody would notice a sign of waiting. */
export function Loading() {
  const { t } = useTranslation()
  const [isLong, setIsLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), QUIET_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="results-loading" role="status">
      {isLong && <LoaderCircle size={28} className="spinner" aria-label={t('results.loading')} />}
    </div>
  )
}

export function Failed({ library }: { library: Library }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  return (
    <EmptyState
      icon={TriangleAlert}
      title={t('results.failed')}
      actions={
        <button type="button" className="btn" onClick={library.retry}>
          {t('results.retry')}
        </button>
      }
    >
      <p role="alert">{problemText(library.error)}</p>
    </EmptyState>
  )
}

/** Why there is nothing, and what can be done about it. */
export function Nothing(props: SearchPageProps & { library: Library }) {
  const { search } = props
  const kinds = activeFilters(search)
  if (isSearching(search) || kinds.some((kind) => kind !== 'folder')) return <NotFound {...props} />
  return kinds.length > 0 ? <EmptyFolder {...props} /> : <EmptyLibrary {...props} />
}

function EmptyLibrary({ addActions }: SearchPageProps) {
  const { t } = useTranslation()
  const mayAdd = addActions !== null
  return (
    <EmptyState
      icon={mayAdd ? ImagePlus : Images}
      title={t(mayAdd ? 'library.empty' : 'library.emptyViewer')}
      actions={addActions}
    >
      <p>{t(mayAdd ? 'library.emptyHint' : 'library.emptyViewerHint')}</p>
    </EmptyState>
  )
}

function EmptyFolder({ search, onSearch, addActions }: SearchPageProps) {
  const { t } = useTranslation()
  const folder = openFolder(useQuery(folderList).data ?? [], search)
  const name = folder?.name ?? search.folder ?? t('filter.folder')
  const mayAdd = addActions !== null && folder !== undefined && folder.may !== 'view'
  return (
    <EmptyState
      icon={FolderOpen}
      title={t('library.emptyFolder')}
      actions={
        <>
          {mayAdd && addActions}
          <button type="button" className="btn" onClick={() => onSearch({}, {})}>
            {t('results.showAll')}
          </button>
        </>
      }
    >
      <p>{t(mayAdd ? 'library.emptyFolderAdd' : 'library.emptyFolderHint', { name })}</p>
    </EmptyState>
  )
}

function NotFound({ search, onSearch, library }: SearchPageProps & { library: Library }) {
  const { t } = useTranslation()
  const jobs = useQuery(serverStatus).data?.jobs
  const waiting = jobs ? jobs.pending + jobs.running : 0
  const filters = useActiveFilters(search)
  const first = library.answer?.first
  const isSearch = isSearching(search)
  const why = () => {
    if (filters.length > 0 && first?.matched === 0) return t('results.noneLeft')
    if (waiting > 0) return t('results.noneYet', { count: waiting })
    return t(isSearch ? 'results.noneHint' : 'results.noneLeft')
  }
  const isOffered = library.assets.length > 0
  return (
    <div className="nothing" data-brief={isOffered}>
      <EmptyState
        icon={filters.length > 0 ? SearchX : Sparkles}
        title={t('results.none')}
        actions={
          <>
            {filters.map(({ key, text, drop }) => (
              <button key={key} type="button" className="btn" onClick={() => onSearch(changed(search, drop), {})}>
                <X size={16} aria-hidden />
                {t('results.dropFilter', { filter: text })}
              </button>
            ))}
            {first?.cut?.nothing && strengthOf(search) !== 'loose' && (
              <button
                type="button"
                className="btn"
                onClick={() => onSearch(changed(search, { strength: 'loose' }), {})}
              >
                {t('results.loosen')}
              </button>
            )}
            {(filters.length === 0 || !isSearch) && (
              <button type="button" className="btn" onClick={() => onSearch({}, {})}>
                {t('results.showAll')}
              </button>
            )}
          </>
        }
      >
        {first?.degraded ? <DegradedNotice why={first.degraded} /> : <p role="status">{why()}</p>}
      </EmptyState>
    </div>
  )
}
