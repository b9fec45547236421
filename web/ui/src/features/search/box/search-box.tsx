import { CircleHelp, ImageUp, Search, X, type LucideIcon } from 'lucide-react'
import { lazy, Suspense, useRef, useState, type DragEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { MAX_QUERY, withLike, type LibrarySearch } from '@/lib/library-search'
import { firstCharacters } from '@/lib/reading'
import { Flaws } from './flaws'
import { LikeChip, LookingChip } from './like-chip'
import { PartChips } from './part-chips'
import { PictureNotes } from './picture-notes'
import { SearchField } from './search-field'
import { useDraft, type OnSearch } from './use-draft'
import { hasFiles, pictureOf, useOwnPicture } from './use-own-picture'
import './box.css'

const SearchHelp = lazy(() => import('./search-help').then((module) => ({ default: module.SearchHelp })))

type SearchBoxProps = {
  search: LibrarySearch
  onSearch: OnSearch
  /** What else can be done with a search, at the end of the box. */
  actions?: ReactNode
}

/** The one box of the application, for words and for a picture, and below it what it understood. */
export function SearchBox({ search, onSearch, actions }: SearchBoxProps) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const [isFocused, setIsFocused] = useState(false)
  const [isHelping, setIsHelping] = useState(false)
  const draft = useDraft(search, onSearch)
  const { text, commit } = draft
  const { like, like_weight: weight = 1 } = search
  // Words that are still being typed go along with the picture.
  const beLike = (id: string | undefined, weighs?: number) => onSearch(withLike({ ...search, q: text }, id, weighs), {})
  const picture = useOwnPicture((handle) => beLike(handle))
  const take = (data: DataTransfer) => picture.look(pictureOf(data))
  const clearPicture = () => {
    picture.drop()
    beLike(undefined)
    input.current?.focus()
  }
  const choose = () => picker.current?.click()
  return (
    <>
      <form
        role="search"
        className="search-box"
        onSubmit={(event) => {
          event.preventDefault()
          commit(text)
        }}
        {...takesDrops(take)}
        onPaste={(event) => {
          if (!hasFiles(event.clipboardData)) return
          event.preventDefault()
          take(event.clipboardData)
        }}
      >
        <Search size={20} aria-hidden className="search-icon" />
        {picture.isLooking ? (
          <LookingChip view={picture.view} onStop={picture.drop} />
        ) : (
          like !== undefined && (
            <LikeChip like={like} weight={weight} onWeight={(chosen) => beLike(like, chosen)} onClear={clearPicture} />
          )
        )}
        <SearchField
          input={input}
          draft={draft}
          placeholder={t(like === undefined ? 'search.placeholder' : 'search.placeholderLike')}
          onFocusChange={setIsFocused}
          onBackspace={() => like !== undefined && clearPicture()}
        />
        {text === '' && like === undefined && (
          <kbd aria-hidden className="search-key">
            /
          </kbd>
        )}
        {text !== '' && (
          <Tool
            icon={X}
            name={t('search.clear')}
            onPress={() => {
              commit('')
              input.current?.focus()
            }}
          />
        )}
        {actions}
        <Tool icon={ImageUp} name={t('picture.search')} hasTip onPress={choose} />
        <Tool icon={CircleHelp} name={t('help.open')} hasTip isExtra onPress={() => setIsHelping(true)} />
        <span className="search-drop" aria-hidden>
          {t('picture.drop')}
        </span>
      </form>
      <input
        ref={picker}
        type="file"
        accept="image/*,.heic,.heif,.avif"
        hidden
        data-testid="pick-query"
        onChange={({ target }) => {
          picture.look(target.files?.[0])
          // So that the same file can be chosen again.
          target.value = ''
        }}
      />
      <PartChips text={text} onChange={commit} onEmpty={() => input.current?.focus()} />
      <PictureNotes
        search={search}
        problem={picture.problem}
        onChoose={choose}
        onClose={() => (picture.problem === null ? clearPicture() : picture.drop())}
      />
      {firstCharacters(text, MAX_QUERY) !== text && (
        <p className="query-note" role="status">
          {t('search.tooLong', { count: MAX_QUERY })}
        </p>
      )}
      <Flaws search={search} isWriting={isFocused && !draft.isDone} onMend={commit} />
      {isHelping && (
        <Suspense>
          <SearchHelp onTry={commit} onClose={() => setIsHelping(false)} />
        </Suspense>
      )}
    </>
  )
}

type ToolProps = { icon: LucideIcon; name: string; hasTip?: boolean; isExtra?: boolean; onPress: () => void }

/** A button within the box; an extra one is left out where there is no room. */
function Tool({ icon: Icon, name, hasTip = false, isExtra = false, onPress }: ToolProps) {
  return (
    <button
      type="button"
      className="btn small icon ghost search-tool"
      data-extra={isExtra}
      aria-label={name}
      {...(hasTip ? { 'data-tip': name } : {})}
      onClick={onPress}
    >
      <Icon size={19} aria-hidden />
    </button>
  )
}

/** What lets pictures be dropped here; whoever listens further up sees that it was dealt with. */
function takesDrops(onTake: (data: DataTransfer) => void) {
  return {
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
    },
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      onTake(event.dataTransfer)
    },
  }
}
