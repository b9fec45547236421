import { ChevronDown, ChevronUp, HardDrive, RotateCcw, X } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { codeOf } from '@/api/errors'
import { KeepMenu } from '@/components/keep-menu'
import { summarise, type Entry, type Summary } from './entry'
import { useEntries, useKeep, useUploads } from './upload-provider'
import { UploadRow } from './upload-row'
import './upload.css'

/** More rows than this are counted, not listed; what needs attention is listed first. */
const MAX_ROWS = 150
const URGENT = new Set(['rejected', 'failed'])

/** Asks before the page is left while bytes still move. */
function useLeaveWarning(isMoving: boolean): void {
  useEffect(() => {
    if (!isMoving) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [isMoving])
}

/** The docked list of what is being added; there as long as it has something to say. */
export function UploadTray({ onOpen }: { onOpen: (assetId: string) => void }) {
  const { t } = useTranslation()
  const { queue } = useUploads()
  const entries = useEntries()
  const [keep, setKeep] = useKeep()
  const [isFolded, setIsFolded] = useState(false)
  const retry = useCallback((id: number) => queue.retry(id), [queue])
  const summary = summarise(entries)
  useLeaveWarning(summary.moving > 0)
  if (entries.length === 0) return null
  const rows = [...entries].sort((a, b) => Number(URGENT.has(b.state)) - Number(URGENT.has(a.state))).slice(0, MAX_ROWS)
  return (
    <section className="upload-tray" aria-label={t('upload.tray')} data-folded={isFolded}>
      <TrayHead summary={summary} isFolded={isFolded} onFold={() => setIsFolded(!isFolded)} />
      {!isFolded && (
        <>
          <div className="upload-tools">
            <KeepMenu
              value={keep}
              onChange={setKeep}
              text={t('keep.for', { keep: t(`keep.${keep}`) })}
              label={t('keep.title')}
            />
            {summary.problems > 0 && entries.some((entry) => entry.state === 'failed') && (
              <button type="button" className="btn small ghost" onClick={() => queue.retry()}>
                <RotateCcw size={15} aria-hidden />
                {t('upload.retry')}
              </button>
            )}
            {summary.moving > 0 && (
              <button type="button" className="btn small ghost" onClick={() => queue.cancel()}>
                {t('upload.cancel')}
              </button>
            )}
          </div>
          <FullNotice entries={entries} />
          <ul className="upload-list" tabIndex={-1}>
            {rows.map((entry) => (
              <UploadRow key={entry.id} entry={entry} onRetry={retry} onOpen={onOpen} />
            ))}
            {entries.length > rows.length && (
              <li className="upload-rest">{t('upload.rest', { count: entries.length - rows.length })}</li>
            )}
          </ul>
        </>
      )}
    </section>
  )
}

/** What to do where there is no room, said once for all files that it keeps out. */
function FullNotice({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation()
  const codes = new Set(entries.filter(({ state }) => state === 'failed').map(({ error }) => codeOf(error)))
  const text = codes.has('disk_full') ? t('upload.diskFull') : codes.has('quota_exceeded') ? t('upload.noRoom') : null
  return (
    <div role="status">
      {text !== null && (
        <p className="notice upload-full" data-tone="warn">
          <HardDrive size={18} aria-hidden />
          {text}
        </p>
      )}
    </div>
  )
}

function TrayHead({ summary, isFolded, onFold }: { summary: Summary; isFolded: boolean; onFold: () => void }) {
  const { t } = useTranslation()
  const { queue } = useUploads()
  const Fold = isFolded ? ChevronUp : ChevronDown
  const title = titleOf(summary, t)
  return (
    <header className="upload-head">
      <div>
        <h2 aria-live="polite">{title}</h2>
        <p>
          {[
            summary.known > 0 && t('upload.known', { count: summary.known }),
            summary.problems > 0 && t('upload.problems', { count: summary.problems }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <button
        type="button"
        className="btn small icon ghost"
        aria-expanded={!isFolded}
        aria-label={t('upload.fold')}
        onClick={onFold}
      >
        <Fold size={18} aria-hidden />
      </button>
      {summary.moving === 0 && (
        <button
          type="button"
          className="btn small icon ghost"
          aria-label={t('upload.close')}
          onClick={() => queue.clear()}
        >
          <X size={18} aria-hidden />
        </button>
      )}
      <span className="bar" data-done={summary.progress >= 1}>
        <i style={{ transform: `scaleX(${summary.progress})` }} />
      </span>
    </header>
  )
}

function titleOf(summary: Summary, t: ReturnType<typeof useTranslation>['t']): string {
  if (summary.moving > 0)
    return t('upload.title.moving', { done: summary.total - summary.moving, total: summary.total })
  if (summary.processing > 0) return t('upload.title.processing', { count: summary.processing })
  if (summary.added > 0) return t('upload.title.added', { count: summary.added })
  return t('upload.title.nothing')
}
