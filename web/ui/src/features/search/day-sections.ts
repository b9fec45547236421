import type { Asset } from '@/api/types'
import type { GridSection } from '@/components/photo-grid/photo-grid'

export type DayWords = { today: string; yesterday: string; locale: string }

function dayKey(moment: Date): string {
  return `${moment.getFullYear()}-${moment.getMonth()}-${moment.getDate()}`
}

/** Runs of pictures that were added on the same day of the reader's calendar, newest first as they come. */
export function daySections(assets: readonly Asset[], words: DayWords, now: Date = new Date()): GridSection[] {
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  const format = new Intl.DateTimeFormat(words.locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const withYear = new Intl.DateTimeFormat(words.locale, { day: 'numeric', month: 'long', year: 'numeric' })
  const label = (moment: Date): string => {
    if (dayKey(moment) === dayKey(now)) return words.today
    if (dayKey(moment) === dayKey(yesterday)) return words.yesterday
    return (moment.getFullYear() === now.getFullYear() ? format : withYear).format(moment)
  }
  const sections: (GridSection & { key: string })[] = []
  assets.forEach((asset, start) => {
    const moment = new Date(asset.uploaded_at)
    const key = dayKey(moment)
    const last = sections.at(-1)
    if (last?.key === key) last.count += 1
    else sections.push({ key, start, count: 1, label: label(moment) })
  })
  return sections
}
