import { Star } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { useEdit } from '../use-edit'

const STARS = [1, 2, 3, 4, 5] as const

/** The stars of a picture; the same once more take them away. */
export function Stars({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const edit = useEdit()
  const now = asset.rating ?? 0
  const rate = (stars: number) => {
    const rating = stars === asset.rating ? null : stars
    void edit(asset.id, { body: { rating }, show: (shown) => ({ ...shown, rating }) })
  }
  return (
    <div className="stars" role="group" aria-label={t('details.stars')}>
      {STARS.map((stars) => (
        <button
          key={stars}
          type="button"
          aria-label={t('viewer.stars', { count: stars })}
          aria-pressed={asset.rating === stars}
          data-lit={stars <= now}
          onClick={() => rate(stars)}
        >
          <Star size={20} aria-hidden />
        </button>
      ))}
    </div>
  )
}
