import {
  ArrowLeft,
  Download,
  Heart,
  Info,
  Maximize,
  Minimize,
  Sparkles,
  Trash2,
  ZoomIn,
  type LucideIcon,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { originalUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { formatDay, formatTaken } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { useFullScreen } from './use-full-screen'

export type ToolbarProps = {
  asset: Asset
  showsDetails: boolean
  onClose: () => void
  onDetails: () => void
  onZoom: () => void
  onLike: () => void
  /** Null where the person may not: the picture is somebody else's, or they only look. */
  onFavourite: (() => void) | null
  onTrash: (() => void) | null
}

/** What can be done with the open picture; on a phone the most used lies at the bottom, where the thumb is. */
export function Toolbar(props: ToolbarProps) {
  const { asset, showsDetails, onClose, onDetails, onFavourite, onTrash } = props
  const { t } = useTranslation()
  const { isFull, toggle } = useFullScreen()
  return (
    <div className="viewer-bar" role="toolbar" aria-label={t('viewer.tools')}>
      <button type="button" className="btn icon ghost" aria-label={t('viewer.close')} onClick={onClose}>
        <ArrowLeft size={22} aria-hidden />
      </button>
      <Title asset={asset} />
      <div className="viewer-actions">
        <Tool icon={ZoomIn} name={t('viewer.zoom')} onPress={props.onZoom} className="viewer-fine" />
        {toggle && (
          <Tool
            icon={isFull ? Minimize : Maximize}
            name={t(isFull ? 'viewer.window' : 'viewer.fullScreen')}
            onPress={toggle}
            className="viewer-fine"
          />
        )}
        {onFavourite && (
          <Tool icon={Heart} name={t('viewer.favourite')} onPress={onFavourite} isPressed={asset.favourite} />
        )}
        <Tool icon={Sparkles} name={t('viewer.like')} onPress={props.onLike} />
        <a
          className="btn icon ghost"
          href={originalUrl(asset, { download: true })}
          download={asset.filename}
          aria-label={t('viewer.download')}
          data-tip={t('viewer.download')}
        >
          <Download size={20} aria-hidden />
        </a>
        {onTrash && <Tool icon={Trash2} name={t('viewer.trash')} onPress={onTrash} />}
      </div>
      <button
        type="button"
        className="btn icon ghost"
        aria-label={t('viewer.details')}
        aria-pressed={showsDetails}
        data-tip={t('viewer.details')}
        data-tip-end
        onClick={onDetails}
      >
        <Info size={20} aria-hidden />
      </button>
    </div>
  )
}

type ToolProps = { icon: LucideIcon; name: string; onPress: () => void; isPressed?: boolean; className?: string }

function Tool({ icon: Icon, name, onPress, isPressed, className = '' }: ToolProps) {
  return (
    <button
      type="button"
      className={`btn icon ghost ${className}`}
      aria-label={name}
      aria-pressed={isPressed}
      data-tip={name}
      onClick={onPress}
    >
      <Icon size={20} aria-hidden />
    </button>
  )
}

/** When the picture was taken, as far as that is known, and what it is called. */
function Title({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const taken = asset.taken && formatTaken(asset.taken.local, locale)
  return (
    <div className="viewer-title">
      <span>{taken ? taken.day : t('details.added', { day: formatDay(asset.uploaded_at, locale) })}</span>
      <span>{taken ? `${taken.time} · ${asset.filename}` : asset.filename}</span>
    </div>
  )
}
