import { ChevronDown, LoaderCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { isSearching, type LibrarySearch } from '@/lib/library-search'
import { useProblemText } from '@/lib/use-problem-text'
import type { SearchPageProps } from '../place'
import type { Answer } from '../use-library'

type EndProps = {
  answer: Answer
  /** Whether pictures that do not fit are on show too. */
  isBeyond: boolean
  search: LibrarySearch
  onSearch: SearchPageProps['onSearch']
}

/** Says where what fits ends, and leads on. */
export function AnswerEnd({ answer, isBeyond, search, onSearch }: EndProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const { first, fits, hasBeyond, beyondError } = answer
  const isAsked = search.beyond === true && isSearching(search)
  if (!hasBeyond && (first.cut === null || fits === 0)) return null
  return (
    <div className="answer-end" data-between={isBeyond && fits > 0}>
      {fits > 0 && <p>{t(hasBeyond || isBeyond ? 'results.end' : 'results.endOfAll')}</p>}
      {hasBeyond && beyondError && (
        <>
          <p role="alert">{problemText(beyondError)}</p>
          <button type="button" className="btn" onClick={answer.retryBeyond}>
            {t('results.retry')}
          </button>
        </>
      )}
      {hasBeyond && !beyondError && (
        <button
          type="button"
          className="btn"
          aria-disabled={isAsked}
          onClick={() => !isAsked && onSearch({ ...search, beyond: true }, { replace: true, keepPlace: true })}
        >
          {isAsked ? <LoaderCircle size={18} className="spinner" aria-hidden /> : <ChevronDown size={18} aria-hidden />}
          {t('results.beyond')}
        </button>
      )}
    </div>
  )
}

/** Above what is offered where nothing fits. */
export function NearestHead() {
  const { t } = useTranslation()
  return <h2 className="nearest-head">{t('results.nearest')}</h2>
}
