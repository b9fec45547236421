import { useCallback, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { withLike, withQuery } from '@/lib/library-search'
import { Results } from './answer/results'
import { SearchBox } from './box/search-box'
import type { SearchPageProps } from './place'
import { useLibrary } from './use-library'
import './search.css'

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
          onClearLike={() => onSearch(withLike(search, undefined), {})}
        />
      </div>
      <Results {...props} library={library} />
      {props.children(library)}
    </>
  )
}
