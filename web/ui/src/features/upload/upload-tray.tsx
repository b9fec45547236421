import { ChevronDown, ChevronUp, EllipsisVertical, Pause, Play, X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { KeepMenu } from '@/components/keep-menu'
import { Menu, MenuEntry } from '@/components/menu'
import { copyText, saveText } from '@/lib/copy-text'
import { formatBytes, formatMoment } from '@/lib/format'
import { writePreference } from '@/lib/preferences'
import { useStore } from '@/lib/store'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import type { Keep } from '@/lib/ttl'
import { accountText, inOrder } from './account-text'
import { OUTCOMES, summarise, type Entry, type Outcome, type Summary } from './entry'
import type { QueueStatus } from './queue'
import { RateMeter, waitingTime } from './rate'
import { TrayList } from './tray-list'
import { TrayNotices } from './tray-notices'
import { useEntries, useQueueStatus, useUploads } from './upload-provider'
import { useWordsOf } from './words'
import './upload.css'

/** The docked list of what is being added; there as long as it has something to say. */
export function UploadTray({ onOpen }: { onOpen: (assetId: string) => void }) {
  const { t } = useTranslation()
  const { queue, unfinished } = useUploads()
  const entries = useEntries(queue)
  const status = useQueueStatus(queue)
  const left = useStore(unfinished)
  const [isFolded, setIsFolded] = useState(false)
  const [wanted, setWanted] = useState<Outcome | null>(null)
  const summary = useMemo(() => summarise(entries), [entries])
  // What was looked at may have become empty.
  const only = wanted !== null && summary.counts[wanted] > 0 ? wanted : null
  const rows = useMemo(() => inOrder(entries, only), [entries, only])
  const actions = useRowActions()
  return (
    <section className="upload-tray" aria-label={t('upload.tray')} data-folded={isFolded}>
      <TrayHead
        entries={entries}
        summary={summary}
        status={status}
        isFolded={isFolded}
        onFold={() => setIsFolded(!isFolded)}
      />
      {!isFolded && (
        <>
          <TrayNotices entries={entries} status={status} left={left} />
          {entries.length > 0 && (
            <>
              <Tools entries={entries} summary={summary} />
              <OutcomeFilter summary={summary} only={only} onChoose={setWanted} />
              <TrayList rows={rows} isPaused={status.isPaused} onOpen={onOpen} {...actions} />
            </>
          )}
        </>
      )}
    </section>
  )
}

function useRowActions() {
  const { queue } = useUploads()
  return {
    onRetry: useCallback((id: number) => queue.retry(id), [queue]),
    onCancel: useCallback((id: number) => queue.cancel(id), [queue]),
    onPause: useCallback((id: number) => queue.pause(id), [queue]),
    onResume: useCallback((id: number) => queue.resume(id), [queue]),
  }
}

type HeadProps = {
  entries: readonly Entry[]
  summary: Summary
  status: QueueStatus
  isFolded: boolean
  onFold: () => void
}

function TrayHead({ entries, summary, status, isFolded, onFold }: HeadProps) {
  const { t } = useTranslation()
  const { queue, unfinished } = useUploads()
  const isMoving = summary.counts.moving > 0
  const Fold = isFolded ? ChevronUp : ChevronDown
  const isStill = status.isPaused || status.held !== null || !isMoving
  const pace = usePace(summary, isStill)
  const counts = useCounts(summary)
  return (
    <header className="upload-head">
      <div>
        <h2>{useTitle(summary)}</h2>
        <p>{pace || counts}</p>
        {/* Not the title itself: it changes with each file. */}
        <span className="visually-hidden" aria-live="polite">
          {useNews(summary, status)}
        </span>
      </div>
      {isMoving && (
        <button
          type="button"
          className="btn small icon ghost"
          aria-label={t(status.isPaused ? 'upload.resumeAll' : 'upload.pauseAll')}
          title={t(status.isPaused ? 'upload.resumeAll' : 'upload.pauseAll')}
          onClick={() => (status.isPaused ? queue.resume() : queue.pause())}
        >
          {status.isPaused ? <Play size={18} aria-hidden /> : <Pause size={18} aria-hidden />}
        </button>
      )}
      {entries.length > 0 && <AccountMenu entries={entries} />}
      <button
        type="button"
        className="btn small icon ghost"
        aria-expanded={!isFolded}
        aria-label={t('upload.fold')}
        onClick={onFold}
      >
        <Fold size={18} aria-hidden />
      </button>
      {!isMoving && (
        <button
          type="button"
          className="btn small icon ghost"
          aria-label={t('upload.close')}
          onClick={() => {
            queue.clear()
            unfinished.set({ files: [], more: 0 })
          }}
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

function useTitle({ total, counts, processing }: Summary): string {
  const { t } = useTranslation()
  if (total === 0) return t('upload.title.unfinished')
  if (counts.moving > 0) return t('upload.title.moving', { done: total - counts.moving, total })
  if (processing > 0) return t('upload.title.processing', { count: processing })
  if (counts.added > 0) return t('upload.title.added', { count: counts.added })
  return t('upload.title.nothing')
}

/** What became of the others, in a line. */
function useCounts({ counts }: Summary): string {
  const { t } = useTranslation()
  return [
    counts.known > 0 && t('upload.known', { count: counts.known }),
    counts.problem > 0 && t('upload.problems', { count: counts.problem }),
    counts.skipped > 0 && t('upload.skipped', { count: counts.skipped }),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** What is said aloud: that it has begun, stands still, goes on, or is over. */
function useNews(summary: Summary, { isPaused, held }: QueueStatus): string {
  const { t } = useTranslation()
  const title = useTitle(summary)
  const counts = useCounts(summary)
  const { moving } = summary.counts
  if (moving === 0) return [title, counts].filter(Boolean).join('. ')
  if (isPaused) return t('upload.paused')
  return held === null ? t('upload.going') : ''
}

/** "4.2 MB/s · 3 minutes left", once that is known. */
function usePace(summary: Summary, isStill: boolean): string {
  const { t } = useTranslation()
  const locale = useLocale()
  const latest = useRef(summary)
  const [pace, setPace] = useState<{ rate: number; left: number } | null>(null)
  useEffect(() => {
    latest.current = summary
  }, [summary])
  useEffect(() => {
    if (isStill) return
    const meter = new RateMeter()
    const look = () => {
      meter.add(Date.now(), latest.current.sent)
      const rate = meter.rate()
      setPace(rate === null ? null : { rate, left: latest.current.left / rate })
    }
    look()
    const timer = setInterval(look, 1000)
    return () => {
      clearInterval(timer)
      setPace(null)
    }
  }, [isStill])
  if (pace === null) return ''
  const { value, unit } = waitingTime(pace.left)
  const time = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
  return t('upload.pace', { rate: formatBytes(pace.rate, locale), time })
}

function commonKeep(entries: readonly Entry[]): Keep | null {
  const first = entries[0]?.keep ?? null
  return entries.every(({ keep }) => keep === first) ? first : null
}

function Tools({ entries, summary }: { entries: readonly Entry[]; summary: Summary }) {
  const { t } = useTranslation()
  const { queue } = useUploads()
  const keep = commonKeep(entries)
  return (
    <div className="upload-tools">
      <KeepMenu
        value={keep}
        onChange={(chosen) => {
          writePreference('keep', chosen)
          queue.keepAll(chosen)
        }}
        text={t('keep.for', { keep: keep === null ? t('upload.keepVarious') : t(`keep.${keep}`) })}
        label={t('keep.title')}
      />
      {summary.failed > 0 && (
        <button type="button" className="btn small ghost" onClick={() => queue.retry()}>
          {t('upload.retry')}
        </button>
      )}
      {summary.counts.moving > 0 && (
        <button type="button" className="btn small ghost" onClick={() => queue.cancel()}>
          {t('upload.cancel')}
        </button>
      )}
    </div>
  )
}

/** Takes what became of every file elsewhere, as a text. */
function AccountMenu({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const wordsOf = useWordsOf()
  const act = async (id: string) => {
    const head = t('upload.account.head', { when: formatMoment(new Date(), locale), count: entries.length })
    const titleOf = (outcome: Outcome, count: number) => `${t(`upload.outcome.${outcome}`)}: ${format(count, locale)}`
    const text = accountText(entries, head, titleOf, wordsOf)
    if (id === 'save') saveText(text, t('upload.account.file'))
    else showToast(t((await copyText(text)) ? 'upload.account.copied' : 'upload.account.notCopied'))
  }
  return (
    <MenuTrigger>
      <Button className="btn small icon ghost" aria-label={t('upload.account')}>
        <EllipsisVertical size={18} aria-hidden />
      </Button>
      <Menu label={t('upload.account')} placement="bottom end" onAction={(id) => void act(id)}>
        <MenuEntry id="copy">{t('upload.account.copy')}</MenuEntry>
        <MenuEntry id="save">{t('upload.account.save')}</MenuEntry>
      </Menu>
    </MenuTrigger>
  )
}

function format(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count)
}

type FilterProps = { summary: Summary; only: Outcome | null; onChoose: (only: Outcome | null) => void }

/** Narrows the list to what became of the files; there where they fared differently. */
function OutcomeFilter({ summary, only, onChoose }: FilterProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const there = OUTCOMES.filter((outcome) => summary.counts[outcome] > 0)
  if (there.length < 2) return null
  const chip = (outcome: Outcome | null, text: string, count: number) => (
    <button
      key={text}
      type="button"
      className="chip"
      data-active={only === outcome}
      aria-pressed={only === outcome}
      onClick={() => onChoose(outcome)}
    >
      {text} <span className="numeric">{format(count, locale)}</span>
    </button>
  )
  return (
    <div className="upload-filter" role="group" aria-label={t('upload.filter')}>
      {chip(null, t('upload.outcome.all'), summary.total)}
      {there.map((outcome) => chip(outcome, t(`upload.outcome.${outcome}`), summary.counts[outcome]))}
    </div>
  )
}
