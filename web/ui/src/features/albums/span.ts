import type { Album } from '@/api/types'

/** From when to when the pictures of an album were taken, "May – Aug 2024"; empty where none has a date. */
export function albumSpan(
  { first_taken, last_taken }: Pick<Album, 'first_taken' | 'last_taken'>,
  locale: string,
): string {
  if (first_taken === null || last_taken === null) return ''
  const format = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' })
  return format.formatRange(new Date(first_taken), new Date(last_taken))
}
