import type { GridSection } from '@/components/photo-grid/photo-grid'
import { UNDATED, type Month } from '@/lib/timeline/decode'

export type DayWords = { today: string; yesterday: string; undated: string; locale: string }

type DaySection = GridSection & { key: string; label: (isShort: boolean) => string }

/** The reader's calendar day, as one of those that a timeline names. */
function dayKey(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
}

/** The days of a timeline, each month a group. Days are those of the place where a picture was taken. */
export function timelineSections(months: readonly Month[], words: DayWords, now: Date = new Date()): DaySection[] {
  const zone = { timeZone: 'UTC' } as const
  const monthName = new Intl.DateTimeFormat(words.locale, { month: 'long', year: 'numeric', ...zone })
  const long = new Intl.DateTimeFormat(words.locale, { weekday: 'long', day: 'numeric', month: 'long', ...zone })
  const short = new Intl.DateTimeFormat(words.locale, { weekday: 'short', day: 'numeric', ...zone })
  const special = new Map([
    [dayKey(now), words.today],
    [dayKey(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)), words.yesterday],
  ])
  return months.flatMap(({ key, start, count, days }): DaySection[] => {
    if (key === UNDATED)
      return [{ key, start, count, opens: true, bare: true, group: words.undated, label: () => words.undated }]
    const sections: DaySection[] = []
    for (let i = 0, from = start; i < days.length; i += 2) {
      const day = `${key}-${String(days[i]).padStart(2, '0')}`
      const number = days[i + 1] ?? 0
      const moment = new Date(`${day}T00:00Z`)
      const label = (isShort: boolean) => special.get(day) ?? (isShort ? short : long).format(moment)
      sections.push({
        key: day,
        start: from,
        count: number,
        label,
        ...(i === 0 && { opens: true, group: monthName.format(moment) }),
      })
      from += number
    }
    return sections
  })
}
