import { Copy, Hourglass, LoaderCircle, SearchX, ThumbsDown, ThumbsUp } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { GridItem } from '@/components/photo-grid/source'
import { isBeingIndexed } from '@/lib/assets'
import { daysUntil } from '@/lib/ttl'
import { useLocale } from '@/lib/use-locale'

/** An expiry further away than this is not worth a mark. */
const SOON_DAYS = 30
const WARN_DAYS = 7

type MarksProps = {
  item: GridItem
  score?: number | undefined
  /** How many pictures that are nearly the same it stands for, itself among them. */
  alike?: number | undefined
  /** Whether somebody marked it as meant, or not meant, by the search. */
  mark?: 'right' | 'wrong' | undefined
}

function isUnsearchable({ index }: GridItem): boolean {
  return index?.state === 'failed'
}

/** What a picture of the grid says besides itself: on its way to being searchable, soon gone, how well it matches. */
export function Marks({ item, score, alike, mark }: MarksProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const days = daysUntil(item.expires_at)
  const indexing = isBeingIndexed(item)
  const failed = isUnsearchable(item)
  const leaves = days !== null && days <= SOON_DAYS
  const isOneOf = alike !== undefined && alike > 1
  const isPlain = !indexing && !failed && !leaves && !isOneOf
  if (isPlain && score === undefined && mark === undefined) return null
  return (
    <span className="thumb-marks">
      {indexing && (
        <span className="thumb-mark" data-mark="processing">
          <LoaderCircle size={13} className="spinner" aria-hidden />
          <span className="mark-words">{t('mark.processing')}</span>
        </span>
      )}
      {failed && (
        <span className="thumb-mark" data-mark="unsearchable">
          <SearchX size={13} aria-hidden />
          <span className="mark-words">{t('mark.unsearchable')}</span>
        </span>
      )}
      {leaves && <Leaves days={days} />}
      {isOneOf && <Alike count={alike} />}
      {mark && <Verdict mark={mark} />}
      {score !== undefined && (
        <span className="thumb-mark at-end">
          {new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score)}
        </span>
      )}
    </span>
  )
}

function Leaves({ days }: { days: number }) {
  const { t } = useTranslation()
  return (
    <span className="thumb-mark" data-tone={days <= 1 ? 'last' : days < WARN_DAYS ? 'soon' : 'calm'}>
      <Hourglass size={12} aria-hidden />
      {t('mark.days', { count: days })}
    </span>
  )
}

function Verdict({ mark }: { mark: 'right' | 'wrong' }) {
  const { t } = useTranslation()
  const Icon = mark === 'right' ? ThumbsUp : ThumbsDown
  return (
    <span className="thumb-mark" data-mark={mark}>
      <Icon size={13} aria-hidden />
      <span className="visually-hidden">{t(`mark.${mark}`)}</span>
    </span>
  )
}

/** Pressed, it shows them: `CellTools` listens for it. */
function Alike({ count }: { count: number }) {
  const { t } = useTranslation()
  return (
    <span className="thumb-mark" data-mark="alike">
      <Copy size={12} aria-hidden />
      {count}
      <span className="visually-hidden">{t('mark.alike')}</span>
    </span>
  )
}
