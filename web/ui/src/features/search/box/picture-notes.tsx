import { useInfiniteQuery } from '@tanstack/react-query'
import { ImageOff, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { codeOf } from '@/api/errors'
import { isHandle, isSearching, type LibrarySearch } from '@/lib/library-search'
import { searchResults } from '../queries'

type PictureNotesProps = {
  search: LibrarySearch
  /** Why the picture that was handed in last can't be searched with. */
  problem: string | null
  onChoose: () => void
  onClose: () => void
}

/** What is wrong with the picture that is searched with, said at the box, with the way to choose another one. */
export function PictureNotes({ search, problem, onChoose, onClose }: PictureNotesProps) {
  const { t } = useTranslation()
  const { error } = useInfiniteQuery({ ...searchResults(search), enabled: isSearching(search) })
  // Another model answers now, or another server: what stood for the picture says nothing to it.
  const isExpired = isHandle(search.like) && error !== null && ['conflict', 'bad_request'].includes(codeOf(error))
  const text = problem ?? (isExpired ? t('picture.expired') : null)
  return (
    <div role="alert">
      {text !== null && (
        <p className="query-note">
          <ImageOff size={16} aria-hidden />
          <span>{text}</span>
          <button type="button" className="btn small" onClick={onChoose}>
            {t('picture.chooseAgain')}
          </button>
          <button type="button" className="btn small icon ghost" aria-label={t('picture.close')} onClick={onClose}>
            <X size={16} aria-hidden />
          </button>
        </p>
      )}
    </div>
  )
}
