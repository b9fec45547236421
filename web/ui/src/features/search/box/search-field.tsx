import { useEffect, useId, type KeyboardEvent, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { rowId, Suggestions, useForget } from './suggestions'
import type { DraftText } from './use-draft'
import { useSuggesting } from './use-suggesting'

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('input, textarea, select, [contenteditable], [role="menuitem"], [role="menuitemradio"]')
  )
}

/** `/` goes to the box from anywhere, except while typing or while a dialog is open. */
function useSlashKey(input: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
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

/** Leaves the box for the beginning of the screen, from where the keyboard goes on. */
function leave(): void {
  const home = [...document.querySelectorAll('[data-focus-home]')].at(-1)
  if (home instanceof HTMLElement) home.focus({ preventScroll: true })
}

type SearchFieldProps = {
  input: RefObject<HTMLInputElement | null>
  draft: DraftText
  placeholder: string
  onFocusChange: (isFocused: boolean) => void
  /** Backspace where there is nothing more to delete. */
  onBackspace: () => void
}

/**
 * Where one writes, with what is suggested below it. It keeps the focus while the keys go through the list; like a
 * list that filters itself, it stays a search field to a screen reader, which is told of the row the keys are at.
 */
export function SearchField({ input, draft, placeholder, onFocusChange, onBackspace }: SearchFieldProps) {
  const { t } = useTranslation()
  const id = useId()
  const forget = useForget()
  const suggesting = useSuggesting(draft, input)
  useSlashKey(input)
  const { text } = draft
  const { offers, active, chosen } = suggesting
  const isListed = offers.length > 0

  const onEscape = () => {
    if (isListed) suggesting.close()
    else if (text !== '') draft.commit('')
    else leave()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') suggesting.step(1)
    else if (event.key === 'ArrowUp' && isListed) suggesting.step(-1)
    else if (event.key === 'Enter' && chosen) suggesting.pick(chosen)
    else if (event.key === 'Enter') {
      draft.commit(text)
      suggesting.close()
    } else if (event.key === 'Delete' && event.shiftKey && chosen?.kind === 'recent') forget(chosen.text)
    else if (event.key === 'Escape') onEscape()
    else if (event.key === 'Backspace' && text === '') onBackspace()
    else return
    event.preventDefault()
  }
  return (
    <div
      className="search-field"
      onFocus={() => onFocusChange(true)}
      onBlur={(event) => {
        if (event.currentTarget.contains(event.relatedTarget)) return
        onFocusChange(false)
        suggesting.close()
      }}
    >
      <input
        ref={input}
        type="search"
        dir="auto"
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-label={t('search.label')}
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        {...(isListed ? { 'aria-controls': id } : {})}
        {...(chosen ? { 'aria-activedescendant': rowId(id, active) } : {})}
        placeholder={placeholder}
        value={text}
        onChange={({ target }) => {
          draft.type(target.value)
          suggesting.setCursor(target.selectionStart ?? target.value.length)
          suggesting.open()
        }}
        onSelect={({ currentTarget }) => suggesting.setCursor(currentTarget.selectionStart ?? text.length)}
        onFocus={() => text === '' && suggesting.open()}
        onClick={() => text === '' && suggesting.open()}
        onKeyDown={onKeyDown}
      />
      {isListed && (
        <Suggestions
          id={id}
          offers={offers}
          active={active}
          onPick={suggesting.pick}
          forgetsAll={text === '' && offers.some(({ kind }) => kind === 'recent')}
        />
      )}
      <span className="visually-hidden" role="status">
        {isListed && t('suggest.many', { count: offers.length })}
      </span>
    </div>
  )
}
