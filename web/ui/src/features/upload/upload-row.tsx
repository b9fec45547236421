import { AlertCircle, Check, Clock, ImageIcon, LoaderCircle, RotateCcw, SearchX } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import { formatBytes } from '@/lib/format'
import { useProblemText } from '@/lib/use-problem-text'
import { useLocale } from '@/lib/use-locale'
import type { Entry } from './entry'

type RowProps = { entry: Entry; onRetry: (id: number) => void; onOpen: (assetId: string) => void }

/** One file of the tray: its picture once there is one, its name, and in words where it is. */
export const UploadRow = memo(function UploadRow({ entry, onRetry, onOpen }: RowProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const words = useStateWords(entry)
  const { asset } = entry
  return (
    <li className="upload-row" data-state={entry.state}>
      <span className="upload-picture">
        {asset ? (
          <img src={mediaUrl(asset, 240)} alt="" loading="lazy" decoding="async" />
        ) : (
          <ImageIcon size={18} aria-hidden />
        )}
      </span>
      <span className="upload-words">
        <span className="upload-name">{entry.file.name}</span>
        <span className="upload-state">
          {entry.state === 'uploading' ? `${words} · ${formatBytes(entry.file.size, locale)}` : words}
        </span>
        {entry.state === 'uploading' && (
          <span className="bar">
            <i style={{ transform: `scaleX(${entry.progress})` }} />
          </span>
        )}
      </span>
      <StateIcon entry={entry} />
      {entry.state === 'failed' && (
        <button
          type="button"
          className="btn small icon ghost"
          aria-label={t('upload.retryOne', { name: entry.file.name })}
          onClick={() => onRetry(entry.id)}
        >
          <RotateCcw size={16} aria-hidden />
        </button>
      )}
      {asset && entry.state !== 'processing' && (
        <button
          type="button"
          className="btn small ghost"
          aria-label={t('upload.openOne', { name: entry.file.name })}
          onClick={() => onOpen(asset.id)}
        >
          {t('upload.open')}
        </button>
      )}
    </li>
  )
})

function useStateWords(entry: Entry): string {
  const { t } = useTranslation()
  const locale = useLocale()
  const problemText = useProblemText()
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(entry.progress)
  if (entry.state === 'rejected' || entry.state === 'failed') return problemText(entry.error)
  if (entry.state === 'uploading') return t('upload.state.uploading', { percent })
  return t(`upload.state.${entry.state}`)
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
    case 'waiting':
    case 'ready':
      return <Clock size={18} className="upload-quiet" aria-hidden />
    default:
      return <LoaderCircle size={18} className="spinner upload-quiet" aria-hidden />
  }
}
