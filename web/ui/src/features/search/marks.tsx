import { Hourglass, LoaderCircle, SearchX } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { isBeingIndexed } from '@/lib/assets'
import { daysUntil } from '@/lib/ttl'
import { useLocale } from '@/lib/use-locale'

/** An expiry further away than this is not worth a mark. */
const SOON_DAYS = 30
const WARN_DAYS = 7

/** What a picture of the grid says besides itself: on its way to being searchable, soon gone, how well it matches. */
export function Marks({ asset, score }: { asset: Asset; score: number | undefined }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const days = daysUntil(asset.expires_at)
  const indexing = isBeingIndexed(asset)
  const failed = asset.index.state === 'failed'
  const leaves = days !== null && days <= SOON_DAYS
  if (!indexing && !failed && !leaves && score === undefined) return null
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
      {leaves && (
        <span className="thumb-mark" data-tone={days <= 1 ? 'last' : days < WARN_DAYS ? 'soon' : 'calm'}>
          <Hourglass size={12} aria-hidden />
          {t('mark.days', { count: days })}
        </span>
      )}
      {score !== undefined && (
        <span className="thumb-mark at-end">
          {new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score)}
        </span>
      )}
    </span>
  )
}
