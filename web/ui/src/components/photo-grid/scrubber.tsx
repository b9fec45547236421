import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { flushSync } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { GridLayout } from './layout'
import type { GridSection } from './photo-grid'
import type { GridView } from './use-grid-view'
import './scrubber.css'

/** Years that would stand closer than this leave some out. */
const YEAR_PART = 0.034
/** How long the handle of a phone stays after the last move. */
const LINGER_MS = 1_600
/** The heading that one jumps to lands below the search box. */
const CLEAR_TOP_PX = 84
const MONTHS_PER_PAGE = 12

/** The name of the group that a section is in. */
export function groupOf(sections: readonly GridSection[], section: number): string {
  for (let i = section; i >= 0; i--) {
    const group = sections[i]?.group
    if (group !== undefined) return group
  }
  return ''
}

type Stop = { label: string; year: string; y: number }

/** Where each month begins, from the first to the last. */
function stopsOf(sections: readonly GridSection[], layout: GridLayout): Stop[] {
  const stops: Stop[] = []
  for (let row = 0; row < layout.rows; row++) {
    const section = layout.isGroup[row] === 1 ? sections[layout.section[row] ?? 0] : undefined
    if (section)
      stops.push({ label: section.group ?? '', year: (section.key ?? '').slice(0, 4), y: layout.top[row] ?? 0 })
  }
  return stops
}

function stopAt(stops: readonly Stop[], y: number): number {
  let found = 0
  for (let i = 0; i < stops.length && (stops[i]?.y ?? 0) <= y; i++) found = i
  return found
}

type ScrubberProps = { sections: readonly GridSection[]; layout: GridLayout; view: GridView }

/** The whole timeline at the right edge: years to aim at, and a handle to drag to any month. */
export function Scrubber({ sections, layout, view }: ScrubberProps) {
  const { t } = useTranslation()
  const track = useRef<HTMLDivElement>(null)
  const [isDragging, setIsDragging] = useState(false)
  const { part, isMoving } = useMoving(view, layout)
  const stops = useMemo(() => stopsOf(sections, layout), [sections, layout])
  const years = useMemo(() => yearsOf(stops, layout.total), [stops, layout.total])
  const range = Math.max(1, layout.total - window.innerHeight)
  const y = Math.max(0, part * range)
  const current = part >= 1 ? stops.length - 1 : stopAt(stops, y + CLEAR_TOP_PX + 2)
  const label = stops[current]?.label ?? ''
  const drag = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect()
    if (!box) return
    const share = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height))
    flushSync(() => view.scrollTo(share * range))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextStop(event.key, current, stops.length)
    if (next === null) return
    event.preventDefault()
    view.scrollTo((stops[next]?.y ?? 0) - CLEAR_TOP_PX)
  }
  if (layout.total < window.innerHeight * 2 || stops.length === 0) return null
  return (
    <div
      className="scrubber"
      data-dragging={isDragging}
      data-moving={isMoving || isDragging}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        setIsDragging(true)
        drag(event)
      }}
      onPointerMove={(event) => isDragging && drag(event)}
      onPointerUp={() => setIsDragging(false)}
      onPointerCancel={() => setIsDragging(false)}
    >
      <div ref={track} className="scrubber-track">
        {years.map(({ year, share }) => (
          <span
            key={year}
            style={{ top: `${share * 100}%`, opacity: Math.abs(share - part) < YEAR_PART / 2 ? 0 : 1 }}
            aria-hidden
          >
            {year}
          </span>
        ))}
        {/* As high as the track, so that it is moved without laying anything out. */}
        <div className="scrubber-carrier" style={{ transform: `translateY(${part * 100}%)` }}>
          <div
            className="scrubber-handle"
            role="slider"
            tabIndex={0}
            aria-orientation="vertical"
            aria-label={t('grid.scrubber')}
            aria-valuemin={0}
            aria-valuemax={stops.length - 1}
            aria-valuenow={current}
            aria-valuetext={label}
            onKeyDown={onKeyDown}
          >
            <span className="scrubber-label">{label}</span>
          </div>
        </div>
      </div>
    </div>
  )
}

function nextStop(key: string, current: number, count: number): number | null {
  const to = (index: number) => Math.min(count - 1, Math.max(0, index))
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return to(current + 1)
    case 'ArrowUp':
    case 'ArrowLeft':
      return to(current - 1)
    case 'PageDown':
      return to(current + MONTHS_PER_PAGE)
    case 'PageUp':
      return to(current - MONTHS_PER_PAGE)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

/** The years to write beside the track, as many as have room. */
function yearsOf(stops: readonly Stop[], total: number): { year: string; share: number }[] {
  const years: { year: string; share: number }[] = []
  let before = ''
  for (const { year, y } of stops) {
    if (year === before || !/^\d{4}$/.test(year)) continue
    before = year
    const share = y / Math.max(1, total)
    const last = years.at(-1)
    if (!last || share - last.share > YEAR_PART) years.push({ year, share })
  }
  return years
}

/** How far down one is, 0 to 1, and whether one moves or has just moved. */
function useMoving(view: GridView, layout: GridLayout): { part: number; isMoving: boolean } {
  const [state, setState] = useState({ part: 0, isMoving: false })
  const { at } = view
  useEffect(() => {
    let lingering = 0
    const follow = (isMoving: boolean) => {
      const part = Math.min(1, Math.max(0, at() / Math.max(1, layout.total - window.innerHeight)))
      setState((was) => (was.part === part && was.isMoving === isMoving ? was : { part, isMoving }))
    }
    const onScroll = () => {
      clearTimeout(lingering)
      lingering = window.setTimeout(() => follow(false), LINGER_MS)
      follow(true)
    }
    follow(false)
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      clearTimeout(lingering)
      window.removeEventListener('scroll', onScroll)
    }
  }, [at, layout.total])
  return state
}
