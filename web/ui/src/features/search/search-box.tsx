import { useQuery } from '@tanstack/react-query'
import { Search, Sparkles, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import { assetById } from '@/lib/assets'

const TYPING_PAUSE_MS = 350

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('input, textarea, select, [contenteditable], [role="menuitem"], [role="menuitemradio"]')
  )
}

/** `/` goes to the box from anywhere, except while typing or while a dialog is open. */
function useSlashKey(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('[role="dialog"]')) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [input])
}

type SearchBoxProps = {
  /** What the address says; the text follows it, for example after going back. */
  query: string
  /** The picture that results are to be like. */
  like: string | undefined
  /** `committed` once the person pressed Enter, false while typing. */
  onQuery: (query: string, committed: boolean) => void
  onClearLike: () => void
}

/** The one box of the application. */
export function SearchBox({ query, like, onQuery, onClearLike }: SearchBoxProps) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [draft, setDraft] = useState({ text: query, sent: query, seen: query })
  const timer = useRef(0)
  useSlashKey(input)
  useEffect(() => () => clearTimeout(timer.current), [])
  // The address changed: by our own wish, then the text goes on as it is, or by going back, then it follows.
  if (draft.seen !== query)
    setDraft(query === draft.sent ? { ...draft, seen: query } : { text: query, sent: query, seen: query })
  const { text } = draft

  const send = (words: string, committed: boolean) => {
    clearTimeout(timer.current)
    setDraft((now) => ({ ...now, sent: words.trim() }))
    onQuery(words, committed)
  }
  const type = (words: string) => {
    setDraft((now) => ({ ...now, text: words }))
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => send(words, false), TYPING_PAUSE_MS)
  }
  const commit = (words: string) => {
    setDraft((now) => ({ ...now, text: words }))
    send(words, true)
  }
  return (
    <form
      role="search"
      className="search-box"
      onSubmit={(event) => {
        event.preventDefault()
        commit(text)
      }}
    >
      <Search size={20} aria-hidden className="search-icon" />
      {like !== undefined && <LikeChip id={like} onClear={onClearLike} />}
      <input
        ref={input}
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        aria-label={t('search.label')}
        aria-keyshortcuts="/"
        placeholder={like === undefined ? t('search.placeholder') : ''}
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || text === '') return
          event.preventDefault()
          commit('')
        }}
      />
      {text === '' && like === undefined && (
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
    </form>
  )
}

function LikeChip({ id, onClear }: { id: string; onClear: () => void }) {
  const { t } = useTranslation()
  const asset = useQuery(assetById(id)).data
  return (
    <span className="like-chip">
      {asset ? <img src={mediaUrl(asset, 240)} alt="" /> : <Sparkles size={16} aria-hidden />}
      <span className="like-text">{t('search.like')}</span>
      <button type="button" aria-label={t('search.clearLike')} onClick={onClear}>
        <X size={15} aria-hidden />
      </button>
    </span>
  )
}
