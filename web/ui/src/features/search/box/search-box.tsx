import { Search, X } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { MAX_QUERY, withLike, type LibrarySearch } from '@/lib/library-search'
import { firstCharacters } from '@/lib/reading'
import { Flaws } from './flaws'
import { LikeChip } from './like-chip'
import { PartChips } from './part-chips'
import { SearchField } from './search-field'
import { useDraft, type OnSearch } from './use-draft'
import './box.css'

type SearchBoxProps = {
  search: LibrarySearch
  onSearch: OnSearch
  /** What else can be done with a search, at the end of the box. */
  actions?: ReactNode
}

/** The one box of the application, and below it what it understood. */
export function SearchBox({ search, onSearch, actions }: SearchBoxProps) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [isFocused, setIsFocused] = useState(false)
  const draft = useDraft(search, onSearch)
  const { text, commit } = draft
  const hasPicture = search.like !== undefined
  const clearPicture = () => onSearch(withLike(search, undefined), {})
  return (
    <>
      <form
        role="search"
        className="search-box"
        onSubmit={(event) => {
          event.preventDefault()
          commit(text)
        }}
      >
        <Search size={20} aria-hidden className="search-icon" />
        {search.like !== undefined && <LikeChip id={search.like} onClear={clearPicture} />}
        <SearchField
          input={input}
          draft={draft}
          placeholder={t(hasPicture ? 'search.placeholderLike' : 'search.placeholder')}
          onFocusChange={setIsFocused}
          onBackspace={() => hasPicture && clearPicture()}
        />
        {text === '' && !hasPicture && (
          <kbd aria-hidden className="search-key">
            /
          </kbd>
        )}
        {text !== '' && (
          <button
            type="button"
            className="btn small icon ghost search-clear"
            aria-label={t('search.clear')}
            onClick={() => {
              commit('')
              input.current?.focus()
            }}
          >
            <X size={18} aria-hidden />
          </button>
        )}
        {actions}
      </form>
      <PartChips text={text} onChange={commit} onEmpty={() => input.current?.focus()} />
      {firstCharacters(text, MAX_QUERY) !== text && (
        <p className="query-note" role="status">
          {t('search.tooLong', { count: MAX_QUERY })}
        </p>
      )}
      <Flaws search={search} isWriting={isFocused && !draft.isDone} onMend={commit} />
    </>
  )
}
