import { Check, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { AlikeGroup, Asset } from '@/api/types'
import { formatBytes, formatDay, formatMegapixels, formatTaken } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { aheadBy } from './choice'

export type MemberProps = {
  group: AlikeGroup
  asset: Asset
  isKept: boolean
  onToggle: () => void
}

function sizeOf({ width, height }: Asset, locale: string): string {
  const pixels = `${width} × ${height}`
  return width * height < 1e6 ? pixels : `${pixels} · ${formatMegapixels(width, height, locale)}`
}

/** What is known of a picture; by what it is ahead of the others stands out. */
export function MemberFacts({ group, asset }: { group: AlikeGroup; asset: Asset }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const ahead = aheadBy(group, asset.id)
  const facts = [
    {
      fact: 'pixels',
      text: sizeOf(asset, locale),
    },
    { fact: 'bytes', text: formatBytes(asset.bytes, locale) },
    {
      fact: 'oldest',
      text: asset.taken
        ? formatTaken(asset.taken.local, locale).day
        : t('alike.added', { day: formatDay(asset.uploaded_at, locale) }),
    },
  ] as const
  return (
    <ul className="alike-facts">
      <li className="alike-name">{asset.filename}</li>
      {facts.map(({ fact, text }) => (
        <li key={fact} data-ahead={ahead.has(fact)}>
          {text}
          {ahead.has(fact) && <span className="visually-hidden"> ({t(`alike.ahead.${fact}`)})</span>}
        </li>
      ))}
    </ul>
  )
}

/** Whether a picture stays; pressing turns it round. */
export function KeepToggle({ asset, isKept, onToggle }: Omit<MemberProps, 'group'>) {
  const { t } = useTranslation()
  const Icon = isKept ? Check : Trash2
  const words = t(isKept ? 'alike.stays' : 'alike.goes')
  return (
    <button
      type="button"
      className="btn small alike-toggle"
      data-kept={isKept}
      aria-label={`${words}: ${asset.filename}`}
      onClick={onToggle}
    >
      <Icon size={15} aria-hidden />
      {words}
    </button>
  )
}
