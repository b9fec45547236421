import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { PhotoGrid, type GridSection } from '@/components/photo-grid/photo-grid'
import { listSource } from '@/components/photo-grid/source'
import { activeFilters } from '@/lib/library-filters'
import { changed, isSearching, without } from '@/lib/library-search'
import { readPreference, writePreference } from '@/lib/preferences'
import { useLocale } from '@/lib/use-locale'
import { daySections } from '../day-sections'
import { Ideas } from '../ideas'
import { Marks } from '../marks'
import type { SearchPageProps } from '../place'
import type { Library } from '../use-library'
import { AnswerEnd, NearestHead } from './answer-end'
import { FilterBar } from './filter-bar'
import { ResultsHead } from './results-head'
import { Failed, Loading, Nothing } from './states'
import './answer.css'

type ResultsProps = SearchPageProps & { library: Library }

/** What is below the box: how the library is narrowed, what was found, and where the answer ends. */
export function Results(props: ResultsProps) {
  const { search, onSearch, library } = props
  const searching = isSearching(search)
  // A library without pictures has nothing to narrow.
  const isBare = !searching && activeFilters(search).length === 0
  const isEmpty = !library.isLoading && library.error === null && library.assets.length === 0
  return (
    <div className="search-body">
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
  const { answer, assets, error, isLoading } = library
  if (isLoading) return <Loading />
  if (error && assets.length === 0) return <Failed library={library} />
  const finds = answer ? answer.fits > 0 : assets.length > 0
  const toggleScores = () => {
    writePreference('scores', showsScores ? null : 'yes')
    setShowsScores(!showsScores)
  }
  return (
    <>
      {finds && answer && <ResultsHead {...{ search, answer, showsScores, onSearch }} onScores={toggleScores} />}
      {!finds && <Nothing {...props} />}
      <Grids {...props} showsScores={showsScores} />
    </>
  )
}

/** Pictures in runs of a day while browsing; an answer is one run. */
function useSections(library: Library): { sections?: GridSection[] } {
  const { t } = useTranslation()
  const locale = useLocale()
  const { assets, answer } = library
  return useMemo(
    () =>
      answer ? {} : { sections: daySections(assets, { today: t('day.today'), yesterday: t('day.yesterday'), locale }) },
    [answer, assets, t, locale],
  )
}

/** What fits, its end, and what is below it. */
function Grids(props: ResultsProps & { showsScores: boolean }) {
  const { search, onSearch, library, focusOn, showsScores } = props
  const { t } = useTranslation()
  const { assets, answer, hits } = library
  const fits = answer ? answer.fits : assets.length
  const { hasMore, wantMore } = library
  const [fitting, others] = useMemo(() => {
    const more = hasMore ? wantMore : null
    const beyond = assets.slice(fits)
    return [listSource(assets.slice(0, fits), beyond.length > 0 ? null : more), listSource(beyond, more)]
  }, [assets, fits, hasMore, wantMore])
  const sections = useSections(library)
  const open = useCallback(
    (index: number) => {
      const asset = assets[index]
      if (asset) onSearch({ ...search, photo: asset.id }, { keepPlace: true })
    },
    [assets, onSearch, search],
  )
  const openOther = useCallback((index: number) => open(index + fits), [open, fits])
  const badge = useCallback(
    (asset: Asset) => (
      <Marks asset={asset} score={showsScores ? (hits.get(asset.id)?.score ?? undefined) : undefined} />
    ),
    [showsScores, hits],
  )
  const shared = {
    hrefOf: (asset: Asset) => props.hrefOf({ ...search, photo: asset.id }),
    badge,
    isStale: library.isStale,
    chooseIn: JSON.stringify(without(search, 'photo')),
  }
  // One that is in neither grid any more leaves the focus to its neighbour in the first.
  const isAmongOthers = focusOn !== null && others.indexOf(focusOn.id) >= 0
  const end = answer?.isWhole && (
    <AnswerEnd answer={answer} isBeyond={others.count > 0} search={search} onSearch={onSearch} />
  )
  return (
    <>
      {fits > 0 && (
        <PhotoGrid
          {...shared}
          {...sections}
          source={fitting}
          label={t(answer ? 'results.grid' : 'library.grid')}
          onOpen={open}
          focusOn={isAmongOthers ? null : focusOn}
        />
      )}
      {fits > 0 && end}
      {others.count > 0 && (
        <>
          {fits === 0 && <NearestHead />}
          <PhotoGrid
            {...shared}
            source={others}
            label={t(fits === 0 ? 'results.nearestGrid' : 'results.beyondGrid')}
            onOpen={openOther}
            focusOn={isAmongOthers ? focusOn : null}
          />
        </>
      )}
      {fits === 0 && end}
    </>
  )
}
