import { lazy, Suspense, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { PhotoGrid } from '@/components/photo-grid/photo-grid'
import { listSource, type GridItem, type GridSource } from '@/components/photo-grid/source'
import { activeFilters } from '@/lib/library-filters'
import { changed, isSearching, without } from '@/lib/library-search'
import { readPreference, writePreference } from '@/lib/preferences'
import { useLocale } from '@/lib/use-locale'
import { Ideas } from '../ideas'
import { Marks } from '../marks'
import type { SearchPageProps } from '../place'
import { timelineSections } from '../timeline-sections'
import type { Library } from '../use-library'
import { AnswerEnd, NearestHead } from './answer-end'
import { CellTools, type CellActs } from './cell-tools'
import { FilterBar } from './filter-bar'
import { RefineBar } from './refine-bar'
import { useRefining, type Refining } from './refining'
import { ResultsHead } from './results-head'
import { Failed, Loading, Nothing } from './states'
import './answer.css'

const GroupSheet = lazy(() => import('./group-sheet'))

type ResultsProps = SearchPageProps & { library: Library }

/** What is below the box: how the library is narrowed, what was found, and where the answer ends. */
export function Results(props: ResultsProps) {
  const { search, onSearch, library } = props
  const searching = isSearching(search)
  // A library without pictures has nothing to narrow.
  const isBare = !searching && activeFilters(search).length === 0
  const isEmpty = !library.isLoading && library.error === null && library.source.count === 0
  return (
    <div className="search-body" data-timeline={!searching}>
      {!(isBare && isEmpty) && (
        <div className="results-bar">
          <FilterBar search={search} onSearch={onSearch} />
          {isBare && <Ideas onPick={(q) => onSearch(changed(search, { q }), {})} />}
        </div>
      )}
      <Shown {...props} />
    </div>
  )
}

function Shown(props: ResultsProps) {
  const { search, onSearch, library } = props
  const [showsScores, setShowsScores] = useState(() => readPreference('scores') === 'yes')
  const refining = useRefining(search, onSearch)
  const { answer, error, isLoading } = library
  const { count } = library.source
  if (isLoading) return <Loading />
  if (error && count === 0) return <Failed library={library} />
  const finds = answer ? answer.fits > 0 : count > 0
  const toggleScores = () => {
    writePreference('scores', showsScores ? null : 'yes')
    setShowsScores(!showsScores)
  }
  return (
    <>
      {finds && answer && (
        <ResultsHead {...{ search, answer, showsScores, onSearch, refining }} onScores={toggleScores} />
      )}
      {!finds && <Nothing {...props} />}
      {library.months && finds ? (
        <TimelineGrid {...props} />
      ) : (
        <Grids {...props} showsScores={showsScores} refining={refining} />
      )}
      <RefineBar refining={refining} />
    </>
  )
}

/** Everything, by the date at which it was taken. */
function TimelineGrid({ search, onSearch, hrefOf, library, focusOn }: ResultsProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { months, source } = library
  const today = useToday()
  const sections = useMemo(() => {
    const words = { today: t('day.today'), yesterday: t('day.yesterday'), undated: t('library.undated'), locale }
    return timelineSections(months ?? [], words, today)
  }, [months, t, locale, today])
  const open = useCallback(
    (index: number) => {
      const item = source.item(index)
      if (item) onSearch({ ...search, photo: item.id }, { keepPlace: true })
    },
    [source, onSearch, search],
  )
  const badge = useCallback((item: GridItem) => <Marks item={item} />, [])
  return (
    <PhotoGrid
      source={source}
      sections={sections}
      isTimeline
      label={t('library.grid')}
      hrefOf={(item) => hrefOf({ ...search, photo: item.id })}
      onOpen={open}
      badge={badge}
      focusOn={focusOn}
      chooseIn={JSON.stringify(without(search, 'photo'))}
    />
  )
}

/** Today, also when the page stays open over midnight. */
function useToday(): Date {
  const [today, setToday] = useState(() => new Date())
  useEffect(() => {
    const check = () => {
      setToday((was) => (was.toDateString() === new Date().toDateString() ? was : new Date()))
    }
    const timer = setInterval(check, 60_000)
    return () => clearInterval(timer)
  }, [])
  return today
}

/** What can be done with a found picture. */
function useActs({ onSearch }: ResultsProps, refining: Refining, onGroup: (group: string) => void): CellActs {
  const { marks, isMarking, mark: onMark } = refining
  return { marks, isMarking, onMark, onGroup, onLike: (like) => onSearch({ like }, {}) }
}

/** What fits, and what is below its end, as two grids that know of each other. */
function useSources({ assets, answer, hasMore, wantMore }: Library) {
  const fits = answer ? answer.fits : assets.length
  return useMemo(() => {
    const more = hasMore ? wantMore : null
    const beyond = assets.slice(fits)
    const fitting = listSource(assets.slice(0, fits), beyond.length > 0 ? null : more)
    return { fits, fitting, others: listSource(beyond, more) }
  }, [assets, fits, hasMore, wantMore])
}

/** What fits, its end, and what is below it. */
function Grids(props: ResultsProps & { showsScores: boolean; refining: Refining }) {
  const { search, onSearch, library, focusOn, showsScores, refining } = props
  const { t } = useTranslation()
  const [group, setGroup] = useState<string | null>(null)
  const { assets, answer, hits } = library
  const { fits, fitting, others } = useSources(library)
  const acts = useActs(props, refining, setGroup)
  const { marks } = refining
  const openPhoto = (photo: string) => onSearch({ ...search, photo }, { keepPlace: true })
  const open = (index: number) => {
    const asset = assets[index]
    if (asset) openPhoto(asset.id)
  }
  const badge = useCallback(
    (asset: Asset) => {
      const hit = hits.get(asset.id)
      const score = showsScores ? (hit?.score ?? undefined) : undefined
      return <Marks item={asset} score={score} alike={hit?.group?.size} mark={marks.get(asset.id)} />
    },
    [showsScores, hits, marks],
  )
  const shared = {
    hrefOf: (asset: Asset) => props.hrefOf({ ...search, photo: asset.id }),
    badge,
    isStale: library.isStale,
    chooseIn: JSON.stringify(without(search, 'photo')),
  }
  const wrapped = (source: GridSource<Asset>, grid: ReactNode) =>
    answer ? <CellTools {...{ source, hits, acts }}>{grid}</CellTools> : grid
  // One that is in neither grid any more leaves the focus to its neighbour in the first.
  const isAmongOthers = focusOn !== null && others.indexOf(focusOn.id) >= 0
  const end = answer?.isWhole && (
    <AnswerEnd answer={answer} isBeyond={others.count > 0} search={search} onSearch={onSearch} />
  )
  return (
    <>
      {fits > 0 &&
        wrapped(
          fitting,
          <PhotoGrid
            {...shared}
            source={fitting}
            label={t('results.grid')}
            onOpen={open}
            focusOn={isAmongOthers ? null : focusOn}
          />,
        )}
      {fits > 0 && end}
      {fits === 0 && others.count > 0 && <NearestHead />}
      {others.count > 0 &&
        wrapped(
          others,
          <PhotoGrid
            {...shared}
            source={others}
            label={t(fits === 0 ? 'results.nearestGrid' : 'results.beyondGrid')}
            onOpen={(index) => open(index + fits)}
            focusOn={isAmongOthers ? focusOn : null}
          />,
        )}
      {fits === 0 && end}
      {group !== null && (
        <Suspense>
          <GroupSheet
            group={group}
            hrefOf={(photo) => props.hrefOf({ ...search, photo })}
            onOpen={(photo) => {
              setGroup(null)
              openPhoto(photo)
            }}
            onClose={() => setGroup(null)}
          />
        </Suspense>
      )}
    </>
  )
}
