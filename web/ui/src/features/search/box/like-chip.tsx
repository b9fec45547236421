import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Image, LoaderCircle, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { mediaUrl } from '@/api/client'
import { Menu, MenuChoice, MenuEntry } from '@/components/menu'
import { assetById } from '@/lib/assets'
import { isHandle } from '@/lib/library-search'
import { useLocale } from '@/lib/use-locale'
import { viewOf } from './own-pictures'

/** How much a picture may count beside words. */
const WEIGHTS = [0.5, 1, 2, -1] as const

type ViewProps = { view: string | undefined; isLooking?: boolean }

function View({ view, isLooking = false }: ViewProps) {
  return (
    <span className="like-view">
      {view === undefined ? !isLooking && <Image size={16} aria-hidden /> : <img src={view} alt="" />}
      {isLooking && <LoaderCircle size={16} className="spinner" aria-hidden />}
    </span>
  )
}

function Clear({ label, onClear }: { label: string; onClear: () => void }) {
  return (
    <button type="button" className="like-clear" aria-label={label} onClick={onClear}>
      <X size={15} aria-hidden />
    </button>
  )
}

/** A picture that is being looked at. */
export function LookingChip({ view, onStop }: { view: string | null; onStop: () => void }) {
  const { t } = useTranslation()
  return (
    <span className="like-chip" aria-busy>
      <View view={view ?? undefined} isLooking />
      <span className="like-text" role="status">
        {t('picture.looking')}
      </span>
      <Clear label={t('picture.stop')} onClear={onStop} />
    </span>
  )
}

type LikeChipProps = {
  /** The id of a picture of the library, or the handle of another one. */
  like: string
  weight: number
  onWeight: (weight: number) => void
  onClear: () => void
}

/** The picture that is searched with, how much it counts, and the way to stop. */
export function LikeChip({ like, weight, onWeight, onClear }: LikeChipProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const asset = useQuery({ ...assetById(like), enabled: !isHandle(like) }).data
  const times = `${new Intl.NumberFormat(locale).format(weight)} ×`
  const weightText = weight < 0 ? t('picture.not') : weight === 1 ? t('search.like') : times
  return (
    <span className="like-chip" data-not={weight < 0}>
      <MenuTrigger>
        <Button className="like-weight" aria-label={t('picture.weight', { weight: weightText })}>
          <View view={isHandle(like) ? viewOf(like) : asset && mediaUrl(asset, 240)} />
          <span className="like-text">{weightText}</span>
          <ChevronDown size={14} aria-hidden />
        </Button>
        <Menu label={t('picture.counts')}>
          <MenuChoice
            title={t('picture.counts')}
            value={String(weight)}
            onChange={(chosen) => onWeight(Number(chosen))}
          >
            {WEIGHTS.map((one) => (
              <MenuEntry key={one} id={String(one)}>
                {t(`picture.counts.${one}`)}
              </MenuEntry>
            ))}
          </MenuChoice>
        </Menu>
      </MenuTrigger>
      <Clear label={t('search.clearLike')} onClear={onClear} />
    </span>
  )
}
