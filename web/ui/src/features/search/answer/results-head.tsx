import { useQuery } from '@tanstack/react-query'
import { Copy, Gauge, Info } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Segments } from '@/components/segments'
import { changed, STRENGTHS, strengthOf, type LibrarySearch } from '@/lib/library-search'
import { useLocale } from '@/lib/use-locale'
import type { SearchPageProps } from '../place'
import { facetsOf } from '../queries'
import type { Answer } from '../use-library'
import { RefineChips } from './refine-bar'
import type { Refining } from './refining'

type HeadProps = {
  search: LibrarySearch
  answer: Answer
  showsScores: boolean
  refining: Refining
  onScores: () => void
  onSearch: SearchPageProps['onSearch']
}

/** How many pictures fit: a number as people read it, and whether there are more. */
function useCount(search: LibrarySearch, answer: Answer): { count: number; isLeast: boolean } | null {
  const { first, fits, isWhole } = answer
  const isFiltersAlone = first.model === '' && first.degraded === null
  // What is marked the counting does not know of.
  const isCounted = !isWhole && first.cut !== null && search.right === undefined && search.wrong === undefined
  const facets = useQuery({ ...facetsOf(search), enabled: isCounted }).data
  if (isFiltersAlone && first.matched !== null) return { count: first.matched, isLeast: first.matched_at_least }
  if (first.cut === null) return null
  if (isWhole) return { count: fits, isLeast: false }
  if (isCounted && facets?.cut) return { count: facets.total, isLeast: facets.cut.at_least }
  return { count: fits, isLeast: true }
}

/** What was found, how strictly, and how it is shown. */
export function ResultsHead({ search, answer, showsScores, refining, onScores, onSearch }: HeadProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { first } = answer
  const counted = useCount(search, answer)
  const isCompared = first.model !== ''
  const number = counted && new Intl.NumberFormat(locale).format(counted.count)
  const words = (one: 'results.fit' | 'results.pictures') =>
    counted && number !== null
      ? t(counted.isLeast ? `${one}AtLeast` : one, { count: counted.count, number })
      : t('results.best')
  const isLike = search.q === undefined && search.like !== undefined
  return (
    <div className="results-head">
      <p className="results-title" role="status">
        {first.degraded !== null ? (
          t('results.byName')
        ) : isLike ? (
          <>
            {t('results.like')}
            {counted && <span className="results-note">{words('results.fit')}</span>}
          </>
        ) : (
          words(isCompared ? 'results.fit' : 'results.pictures')
        )}
      </p>
      {isCompared && (
        <div className="results-ways">
          <Segments
            label={t('strength.label')}
            value={strengthOf(search)}
            options={STRENGTHS.map((value) => ({ value, text: t(`strength.${value}`) }))}
            onChoose={(value) =>
              onSearch(changed(search, { strength: value === 'balanced' ? undefined : value }), { replace: true })
            }
          />
          <button
            type="button"
            className="chip"
            data-active={showsScores}
            aria-pressed={showsScores}
            onClick={onScores}
          >
            <Gauge size={15} aria-hidden />
            {t('results.scores')}
          </button>
          <FoldChip answer={answer} search={search} onSearch={onSearch} />
          <RefineChips refining={refining} />
        </div>
      )}
      {first.degraded !== null && <DegradedNotice why={first.degraded} />}
    </div>
  )
}

/** Shows look-alikes one by one, or as one again; where there are any. */
function FoldChip({ search, answer, onSearch }: Pick<HeadProps, 'search' | 'answer' | 'onSearch'>) {
  const { t } = useTranslation()
  const isFolded = search.unfolded !== true
  if (isFolded && !answer.hasAlike) return null
  return (
    <button
      type="button"
      className="chip"
      data-active={isFolded}
      aria-pressed={isFolded}
      onClick={() => onSearch(changed(search, { unfolded: isFolded ? true : undefined }), { replace: true })}
    >
      <Copy size={15} aria-hidden />
      {t('results.fold')}
    </button>
  )
}

/** Why only names were looked through. */
export function DegradedNotice({ why }: { why: 'loading' | 'encoder_down' | 'no_model' }) {
  const { t } = useTranslation()
  return (
    <p className="notice results-degraded" role="status">
      <Info size={18} aria-hidden />
      <span>
        {t('results.degraded')} {t(`degraded.${why}`)}
      </span>
    </p>
  )
}
