import { useQueryClient } from '@tanstack/react-query'
import {
  Album,
  Bookmark,
  CalendarDays,
  Camera,
  FileImage,
  Folder,
  History,
  ListFilter,
  Tag,
  User,
  X,
  type LucideIcon,
} from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Suggestion } from '@/api/types'
import { forgetRecent } from '@/lib/recent-searches'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import type { Offer } from './use-suggestions'

const ICONS: Record<Suggestion['kind'], LucideIcon> = {
  tag: Tag,
  folder: Folder,
  album: Album,
  camera: Camera,
  owner: User,
  year: CalendarDays,
  type: FileImage,
  saved: Bookmark,
  recent: History,
  filter: ListFilter,
}

/** Forgets one search or all of them, and says what went wrong if it did. */
export function useForget(): (text: string | null) => void {
  const client = useQueryClient()
  const problemText = useProblemText()
  return (text) => void forgetRecent(client, text).catch((error: unknown) => showToast(problemText(error)))
}

type SuggestionsProps = {
  id: string
  offers: readonly Offer[]
  /** The one that the arrow keys have come to; -1: none. */
  active: number
  onPick: (offer: Offer) => void
  /** Whether all of what was looked for lately can be forgotten from here. */
  forgetsAll: boolean
}

/** The id of a row, for the box to say which one the keys have come to. */
export const rowId = (id: string, index: number): string => `${id}-${index}`

/** How what is being written may go on, below the box. The focus stays in the box. */
export function Suggestions({ id, offers, active, onPick, forgetsAll }: SuggestionsProps) {
  const { t } = useTranslation()
  const forget = useForget()
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <div className="suggestions">
      <ul ref={list} id={id} role="listbox" aria-label={t('suggest.label')}>
        {offers.map((offer, index) => (
          <Row
            key={`${offer.kind} ${offer.text}`}
            id={rowId(id, index)}
            offer={offer}
            isActive={index === active}
            onPick={() => onPick(offer)}
            onForget={() => forget(offer.text)}
          />
        ))}
      </ul>
      {forgetsAll && (
        <button type="button" className="btn small ghost suggestions-forget" onClick={() => forget(null)}>
          {t('recent.forgetAll')}
        </button>
      )}
    </div>
  )
}

type RowProps = { id: string; offer: Offer; isActive: boolean; onPick: () => void; onForget: () => void }

function Row({ id, offer, isActive, onPick, onForget }: RowProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const Icon = ICONS[offer.kind]
  const isRecent = offer.kind === 'recent'
  return (
    <li
      id={id}
      role="option"
      aria-selected={isActive}
      className="suggestion"
      {...(isRecent ? { 'aria-description': t('recent.forgetKeys') } : {})}
      // The box keeps the focus, and a phone its keyboard.
      onMouseDown={(event) => event.preventDefault()}
      onClick={(event) => {
        const onCross = event.target instanceof Element && event.target.closest('[data-forget]') !== null
        if (onCross) onForget()
        else onPick()
      }}
    >
      <Icon size={18} aria-hidden />
      <span className="visually-hidden">{t(`suggest.${offer.kind}`)}:</span>
      <bdi className="suggestion-text">{offer.label}</bdi>
      {offer.count !== null && (
        <span className="suggestion-count numeric">
          <span aria-hidden>{new Intl.NumberFormat(locale).format(offer.count)}</span>
          <span className="visually-hidden">{t('suggest.count', { count: offer.count })}</span>
        </span>
      )}
      {isRecent && (
        <span className="suggestion-forget" data-forget title={t('recent.forget')} aria-hidden>
          <X size={16} />
        </span>
      )}
    </li>
  )
}
