import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Hourglass, Infinity as Always, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset, LeavingDay } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { PhotoGrid } from '@/components/photo-grid/photo-grid'
import { listSource, type GridSource } from '@/components/photo-grid/source'
import { formatBytes, formatDay } from '@/lib/format'
import { leavingAssets, leavingDays, leavingSum } from '@/lib/leaving'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { dayOf, everyDay, runsByDay, timeLeft } from './days'
import './leaving.css'

export const RANGES = [7, 30, 365] as const
export type Range = (typeof RANGES)[number]

export type LeavingPageProps = {
  range: Range
  onRange: (range: Range) => void
  /** Keeps everything that is shown always; null to whoever may not. */
  onKeepAll: (() => void) | null
  hrefOf: (id: string) => string
  onOpen: (id: string) => void
  focusOn: { id: string } | null
  /** What belongs to the grid: the actions on what is chosen, the open picture. */
  children: (source: GridSource<Asset>) => ReactNode
}

const MINUTE_MS = 60_000

/** The time, by the minute. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}

function useDayName(): (day: string) => string {
  const { t } = useTranslation()
  const locale = useLocale()
  const now = useNow()
  return (day) => {
    const noon = new Date(`${day}T12:00:00`)
    if (day === dayOf(now)) return t('leaving.today')
    const tomorrow = new Date(now)
    tomorrow.setDate(tomorrow.getDate() + 1)
    if (day === dayOf(tomorrow.getTime())) return t('leaving.tomorrow')
    const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' }).format(noon)
    return `${weekday}, ${formatDay(noon, locale)}`
  }
}

/** What leaves by itself, day by day, with the ways to keep it. */
export function LeavingPage(props: LeavingPageProps) {
  const { range, onRange, onKeepAll } = props
  const { t } = useTranslation()
  const locale = useLocale()
  const problemText = useProblemText()
  const days = useQuery(leavingDays(range))
  const list = useInfiniteQuery(leavingAssets(range))
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list
  const pages = list.data?.pages
  const assets = useMemo(() => (pages ?? []).flatMap((page) => page.items), [pages])
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, isFetchingNextPage])
  const source = useMemo(() => listSource(assets, hasNextPage ? more : null), [assets, hasNextPage, more])
  useEffect(() => {
    document.title = `${t('nav.leaving')} – Scene-Sense`
  }, [t])
  const sum = leavingSum(days.data ?? [])
  return (
    <div className="leaving">
      <header className="leaving-head">
        <div>
          <h1 tabIndex={-1}>{t('nav.leaving')}</h1>
          {sum.assets > 0 && <p>{t('leaving.lead', { count: sum.assets, size: formatBytes(sum.bytes, locale) })}</p>}
        </div>
        <div className="leaving-tools">
          <Ranges range={range} onRange={onRange} />
          {onKeepAll && assets.length > 0 && (
            <button type="button" className="btn" onClick={onKeepAll}>
              <Always size={18} aria-hidden />
              {t('leaving.keepAll')}
            </button>
          )}
        </div>
      </header>
      {list.isPending && (
        <div className="leaving-wait">
          <LoaderCircle size={28} className="spinner" aria-label={t('results.loading')} />
        </div>
      )}
      {list.isError && assets.length === 0 && (
        <EmptyState
          icon={TriangleAlert}
          title={t('results.failed')}
          actions={
            <button type="button" className="btn" onClick={() => void list.refetch()}>
              {t('results.retry')}
            </button>
          }
        >
          <p role="alert">{problemText(list.error)}</p>
        </EmptyState>
      )}
      {list.isSuccess && assets.length === 0 && (
        <EmptyState icon={Hourglass} title={t('leaving.none')}>
          <p>{t('leaving.noneHint')}</p>
        </EmptyState>
      )}
      {assets.length > 0 && (
        <>
          <Chart days={days.data ?? []} range={range} />
          <Pictures {...props} source={source} assets={assets} days={days.data ?? []} />
        </>
      )}
      {props.children(source)}
    </div>
  )
}

function Ranges({ range, onRange }: { range: Range; onRange: (range: Range) => void }) {
  const { t } = useTranslation()
  return (
    <div className="leaving-ranges" role="group" aria-label={t('leaving.within')}>
      {RANGES.map((each) => (
        <button
          key={each}
          type="button"
          className="chip"
          data-active={each === range}
          aria-pressed={each === range}
          onClick={() => onRange(each)}
        >
          {t(`leaving.within.${each}`)}
        </button>
      ))}
    </div>
  )
}

const MOST_BARS = 30

/** A bar for each of the next days; what it shows is in the headings as well. */
function Chart({ days, range }: { days: readonly LeavingDay[]; range: Range }) {
  const { t } = useTranslation()
  const now = useNow()
  const all = everyDay(days, Math.min(range, MOST_BARS), dayOf(now))
  const most = Math.max(1, ...all.map((day) => day.assets))
  return (
    <div className="leaving-chart" role="img" aria-label={t('leaving.chart')}>
      {all.map(({ day, assets }, k) => (
        <span key={day} data-tone={k < 1 ? 'last' : k < 7 ? 'soon' : 'calm'}>
          <i style={{ height: `${Math.round((assets / most) * 100)}%` }} />
          <b>{assets > 0 ? assets : ''}</b>
          <small>{Number(day.slice(-2))}</small>
        </span>
      ))}
    </div>
  )
}

type PicturesProps = LeavingPageProps & {
  source: GridSource<Asset>
  assets: readonly Asset[]
  days: readonly LeavingDay[]
}

function Pictures({ source, assets, days, range, hrefOf, onOpen, focusOn }: PicturesProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const nameOf = useDayName()
  const now = useNow()
  const counts = new Map(days.map((day) => [day.day, day]))
  const sections = runsByDay(assets).map(({ day, start, count }) => {
    const known = counts.get(day)
    const label = known
      ? t('leaving.day', { day: nameOf(day), count: known.assets, size: formatBytes(known.bytes, locale) })
      : nameOf(day)
    return { start, count, label }
  })
  return (
    <PhotoGrid
      source={source}
      sections={sections}
      label={t('leaving.grid')}
      hrefOf={(asset) => hrefOf(asset.id)}
      onOpen={(index) => {
        const asset = assets[index]
        if (asset) onOpen(asset.id)
      }}
      badge={(asset) => <Clock expiresAt={asset.expires_at} now={now} />}
      focusOn={focusOn}
      chooseIn={`leaving ${range}`}
    />
  )
}

/** How long a picture still has, in words and not by its colour alone. */
function Clock({ expiresAt, now }: { expiresAt: string | null; now: number }) {
  const { t } = useTranslation()
  if (expiresAt === null) return null
  const { unit, count, tone } = timeLeft(expiresAt, now)
  return (
    <span className="thumb-marks">
      <span className="thumb-mark" data-tone={tone}>
        <Hourglass size={12} aria-hidden />
        <span className="visually-hidden">{t('leaving.leavesIn')}</span>{' '}
        {unit === 'soon' ? t('leaving.left.soon') : t(`leaving.left.${unit}`, { count })}
      </span>
    </span>
  )
}
