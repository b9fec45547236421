import {
  AlertCircle,
  Ban,
  Check,
  Clock,
  EyeOff,
  ImageIcon,
  LoaderCircle,
  Pause,
  Play,
  RotateCcw,
  SearchX,
  X,
} from 'lucide-react'
import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import { formatBytes } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { isMoving, type Entry } from './entry'
import { useWordsOf } from './words'

/** What can be done about one file. */
export type RowActions = {
  onRetry: (id: number) => void
  onCancel: (id: number) => void
  onPause: (id: number) => void
  onResume: (id: number) => void
  onOpen: (assetId: string) => void
}

type RowProps = RowActions & {
  entry: Entry
  /** Where it is in the list, from 0, and how long that is: most of it is not in the document. */
  index: number
  count: number
  /** Whether everything is paused: one file can't go on alone. */
  isPaused: boolean
}

/** One file of the tray: its picture once there is one, its name, where it is in words, and what can be done. */
export const UploadRow = memo(function UploadRow({ entry, index, count, isPaused, ...actions }: RowProps) {
  const locale = useLocale()
  const words = useWordsOf()(entry)
  const { asset, state } = entry
  const isSent = state === 'uploading' || state === 'paused'
  return (
    <li className="upload-row" data-state={state} aria-setsize={count} aria-posinset={index + 1}>
      <span className="upload-picture">
        {asset ? (
          <img src={mediaUrl(asset, 240)} alt="" loading="lazy" decoding="async" />
        ) : (
          <ImageIcon size={18} aria-hidden />
        )}
      </span>
      <span className="upload-words">
        <span className="upload-name" title={entry.folder === '' ? undefined : `${entry.folder}/${entry.name}`}>
          {entry.name}
        </span>
        <span className="upload-state">{isSent ? `${words} · ${formatBytes(entry.size, locale)}` : words}</span>
        {isSent && (
          <span className="bar">
            <i style={{ transform: `scaleX(${entry.progress})` }} />
          </span>
        )}
      </span>
      <StateIcon entry={entry} />
      <Actions entry={entry} isPaused={isPaused} {...actions} />
    </li>
  )
})

function Actions({ entry, isPaused, ...on }: RowActions & { entry: Entry; isPaused: boolean }) {
  const { t } = useTranslation()
  const { id, name, state, asset, file } = entry
  if (isMoving(entry))
    return (
      <>
        {!isPaused && (state === 'uploading' || state === 'paused') && (
          <IconButton
            label={t(state === 'paused' ? 'upload.resumeOne' : 'upload.pauseOne', { name })}
            onPress={() => (state === 'paused' ? on.onResume(id) : on.onPause(id))}
          >
            {state === 'paused' ? <Play size={16} aria-hidden /> : <Pause size={16} aria-hidden />}
          </IconButton>
        )}
        <IconButton label={t('upload.cancelOne', { name })} onPress={() => on.onCancel(id)}>
          <X size={16} aria-hidden />
        </IconButton>
      </>
    )
  if ((state === 'failed' || state === 'cancelled') && file)
    return (
      <IconButton label={t('upload.retryOne', { name })} onPress={() => on.onRetry(id)}>
        <RotateCcw size={16} aria-hidden />
      </IconButton>
    )
  if (asset && state !== 'processing')
    return (
      <button
        type="button"
        className="btn small ghost"
        aria-label={t('upload.openOne', { name })}
        onClick={() => on.onOpen(asset.id)}
      >
        {t('upload.open')}
      </button>
    )
  return null
}

function IconButton({ label, onPress, children }: { label: string; onPress: () => void; children: ReactNode }) {
  return (
    <button type="button" className="btn small icon ghost" aria-label={label} title={label} onClick={onPress}>
      {children}
    </button>
  )
}

function StateIcon({ entry }: { entry: Entry }) {
  switch (entry.state) {
    case 'done':
    case 'known':
      return <Check size={18} className="upload-ok" aria-hidden />
    case 'rejected':
    case 'failed':
      return <AlertCircle size={18} className="upload-bad" aria-hidden />
    case 'unsearchable':
      return <SearchX size={18} className="upload-warn" aria-hidden />
    case 'skipped':
      return <EyeOff size={18} className="upload-quiet" aria-hidden />
    case 'cancelled':
      return <Ban size={18} className="upload-quiet" aria-hidden />
    case 'waiting':
    case 'ready':
      return <Clock size={18} className="upload-quiet" aria-hidden />
    case 'uploading':
    case 'paused':
      return null
    default:
      return <LoaderCircle size={18} className="spinner upload-quiet" aria-hidden />
  }
}
