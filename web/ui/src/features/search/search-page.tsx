import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
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
  return (
    <>
      <h1 className="visually-hidden">{t('search.title')}</h1>
      <div className="search-head">
        <SearchBox search={search} onSearch={onSearch} actions={props.boxActions} />
      </div>
      <Results {...props} library={library} />
      {props.children(library)}
    </>
  )
}
