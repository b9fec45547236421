import { useQuery } from '@tanstack/react-query'
import { FolderOpen, Gauge, ImagePlus, Images, LoaderCircle, SearchX, Sparkles, TriangleAlert } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { PhotoGrid } from '@/components/photo-grid/photo-grid'
import { folderList, openFolder } from '@/lib/folders'
import { isSearching, withQuery, type LibrarySearch } from '@/lib/library-search'
import { readPreference, writePreference } from '@/lib/preferences'
import { serverStatus } from '@/lib/status'
import { useProblemText } from '@/lib/use-problem-text'
import { useLocale } from '@/lib/use-locale'
import { daySections } from './day-sections'
import { FilterChips } from './filter-chips'
import { Ideas } from './ideas'
import { Marks } from './marks'
import { SearchBox } from './search-box'
import { useLibrary, type Library } from './use-library'
import './search.css'

const QUIET_MS = 300

export type SearchPageProps = {
  search: LibrarySearch
  /** Goes to another place; `replace` leaves no step to go back to, `keepPlace` keeps the scroll position. */
  onSearch: (search: LibrarySearch, how: { replace?: boolean; keepPlace?: boolean }) => void
  hrefOf: (search: LibrarySearch) => string
  /** What an empty library offers; null to whoever may not add. */
  addActions: ReactNode
  /** Moves the focus to a picture, each time the object changes. */
  focusOn: { id: string } | null
  /** The open picture above the grid, if any. */
  children: (library: Library) => ReactNode
}

/** The library: a box to say what is wanted, and the pictures, found or newest first. */
export function SearchPage(props: SearchPageProps) {
  const { search, onSearch } = props
  const { t } = useTranslation()
  const library = useLibrary(search)
  useEffect(() => {
    document.title = search.q ? `${search.q} – Scene-Sense` : 'Scene-Sense'
  }, [search.q])
  const ask = useCallback(
    (words: string, committed: boolean) => {
      const next = withQuery(search, words)
      if (next.q === search.q && !search.photo) return
      onSearch(next, { replace: search.q !== undefined && !committed })
    },
    [search, onSearch],
  )
  return (
    <>
      <h1 className="visually-hidden">{t('search.title')}</h1>
      <div className="search-head">
        <SearchBox
          query={search.q ?? ''}
          like={search.like}
          onQuery={ask}
          onClearLike={() => onSearch({ ...search, like: '' }, {})}
        />
      </div>
      <Results {...props} library={library} />
      {props.children(library)}
    </>
  )
}

function Results(props: SearchPageProps & { library: Library }) {
  const { search, onSearch, library, focusOn } = props
  const { t } = useTranslation()
  const locale = useLocale()
  const [showsScores, setShowsScores] = useState(() => readPreference('scores') === 'yes')
  const searching = isSearching(search)
  const sections = useMemo(
    () =>
      searching
        ? undefined
        : daySections(library.assets, { today: t('day.today'), yesterday: t('day.yesterday'), locale }),
    [searching, library.assets, t, locale],
  )
  const open = useCallback(
    (index: number) => {
      const asset = library.assets[index]
      if (asset) onSearch({ ...search, photo: asset.id }, { keepPlace: true })
    },
    [library.assets, onSearch, search],
  )
  const badge = useCallback(
    (asset: Asset) => <Marks asset={asset} score={showsScores ? library.scores.get(asset.id) : undefined} />,
    [showsScores, library.scores],
  )
  const toggleScores = () => {
    writePreference('scores', showsScores ? null : 'yes')
    setShowsScores(!showsScores)
  }
  if (library.isLoading) return <Loading />
  if (library.error && library.assets.length === 0) return <Failed library={library} />
  if (library.assets.length === 0) return <Nothing {...props} isDegraded={library.isDegraded} />
  return (
    <div className="search-body">
      <div className="results-head" data-browsing={!searching}>
        <div className="results-chips">
          <FilterChips search={search} onChange={(next) => onSearch(next, {})} />
          {!searching && <Ideas onPick={(q) => onSearch({ ...search, q }, {})} />}
        </div>
        {searching && (
          <>
            <p className="results-title" role="status">
              {library.isDegraded
                ? t('results.degraded')
                : search.q === undefined
                  ? t('results.like')
                  : t('results.best')}
            </p>
            <button
              type="button"
              className="chip"
              data-active={showsScores}
              aria-pressed={showsScores}
              onClick={toggleScores}
            >
              <Gauge size={15} aria-hidden />
              {t('results.scores')}
            </button>
          </>
        )}
      </div>
      <PhotoGrid
        assets={library.assets}
        {...(sections ? { sections } : {})}
        label={searching ? t('results.grid') : t('library.grid')}
        hasMore={library.hasMore}
        onWantMore={library.wantMore}
        hrefOf={(asset) => props.hrefOf({ ...search, photo: asset.id })}
        onOpen={open}
        badge={badge}
        focusOn={focusOn}
        isStale={library.isStale}
      />
    </div>
  )
}

/** Nothing at first: most answers are there before anybody would notice a sign of waiting. */
function Loading() {
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

function Failed({ library }: { library: Library }) {
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

function Nothing(props: SearchPageProps & { isDegraded: boolean }) {
  const { search } = props
  const isInFolder = search.folder !== undefined || search.folder_id !== undefined
  if (isSearching(search) || search.tag !== undefined) return <NotFound {...props} isInFolder={isInFolder} />
  return isInFolder ? <EmptyFolder {...props} /> : <EmptyLibrary {...props} />
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

function useFolderName(search: LibrarySearch): string {
  const { t } = useTranslation()
  return openFolder(useQuery(folderList).data ?? [], search)?.name ?? search.folder ?? t('filter.folder')
}

function EmptyFolder({ search, onSearch, addActions }: SearchPageProps) {
  const { t } = useTranslation()
  const folder = openFolder(useQuery(folderList).data ?? [], search)
  const folderName = useFolderName(search)
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
      <p>{t(mayAdd ? 'library.emptyFolderAdd' : 'library.emptyFolderHint', { name: folderName })}</p>
    </EmptyState>
  )
}

type NotFoundProps = SearchPageProps & { isInFolder: boolean; isDegraded: boolean }

function NotFound({ search, onSearch, isInFolder, isDegraded }: NotFoundProps) {
  const { t } = useTranslation()
  const jobs = useQuery(serverStatus).data?.jobs
  const waiting = jobs ? jobs.pending + jobs.running : 0
  const folderName = useFolderName(search)
  const isNarrowed = isInFolder || search.tag !== undefined
  return (
    <EmptyState
      icon={isNarrowed ? SearchX : Sparkles}
      title={t('results.none')}
      actions={
        <>
          {isInFolder && (
            <button
              type="button"
              className="btn"
              onClick={() => onSearch({ ...search, folder: '', folder_id: '' }, {})}
            >
              {t('results.dropFolder', { name: folderName })}
            </button>
          )}
          {search.tag !== undefined && (
            <button type="button" className="btn" onClick={() => onSearch({ ...search, tag: '' }, {})}>
              {t('results.dropTag', { name: search.tag })}
            </button>
          )}
          {!isNarrowed && (
            <button type="button" className="btn" onClick={() => onSearch({}, {})}>
              {t('results.showAll')}
            </button>
          )}
        </>
      }
    >
      <p role={isDegraded ? 'status' : undefined}>
        {isDegraded
          ? t('results.degraded')
          : waiting > 0
            ? t('results.noneYet', { count: waiting })
            : t('results.noneHint')}
      </p>
    </EmptyState>
  )
}
