import type { Asset, LeavingDay } from '@/api/types'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WARN_DAYS = 7

/** The day of a moment where the reader is, as in `2026-01-31`. */
export function dayOf(moment: string | number): string {
  const date = new Date(moment)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

export type Run = { day: string; start: number; count: number }

/** Pictures that leave on one day, in the order of the list. */
export function runsByDay(assets: readonly Pick<Asset, 'expires_at'>[]): Run[] {
  const runs: Run[] = []
  assets.forEach(({ expires_at }, index) => {
    const day = expires_at === null ? '' : dayOf(expires_at)
    const last = runs.at(-1)
    if (last?.day === day) last.count += 1
    else runs.push({ day, start: index, count: 1 })
  })
  return runs
}

/** How long a picture still has, in the words and the tone for it: hours on the last day, days before. */
export function timeLeft(
  expiresAt: string,
  now: number,
): { unit: 'soon' | 'hours' | 'days'; count: number; tone: 'last' | 'soon' | 'calm' } {
  const left = Math.max(0, Date.parse(expiresAt) - now)
  if (left < HOUR_MS) return { unit: 'soon', count: 0, tone: 'last' }
  if (left < DAY_MS) return { unit: 'hours', count: Math.floor(left / HOUR_MS), tone: 'last' }
  const days = Math.ceil(left / DAY_MS)
  return { unit: 'days', count: days, tone: left < WARN_DAYS * DAY_MS ? 'soon' : 'calm' }
}

/** The days from today on, each with what leaves on it, for a chart. */
export function everyDay(days: readonly LeavingDay[], count: number, today: string): LeavingDay[] {
  const known = new Map(days.map((day) => [day.day, day]))
  const first = Date.parse(`${today}T12:00:00Z`)
  return Array.from({ length: count }, (_, k) => {
    const day = new Date(first + k * DAY_MS).toISOString().slice(0, 10)
    return known.get(day) ?? { day, assets: 0, bytes: 0 }
  })
}
