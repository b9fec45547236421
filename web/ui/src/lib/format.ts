const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A size as people read it: 1000-based, at most one decimal, "4.2 MB"; bytes are written out, "1 byte". */
export function formatBytes(bytes: number, locale: string): string {
  let step = 0
  let value = bytes
  // What would be rounded to a thousand is one of the next unit.
  while (Math.round(value) >= 1000 && step < UNITS.length - 1) {
    value /= 1000
    step += 1
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value)
}

/** "12 May 2024" in the reader's language and zone. */
export function formatDay(moment: string | Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(moment))
}

/** A camera's local wall-clock time, shown as the camera said it: no zone is applied. */
export function formatTaken(local: string, locale: string): { day: string; time: string } {
  const wall = new Date(`${local.replace(/(Z|[+-]\d\d:\d\d)$/, '')}Z`)
  const zone = { timeZone: 'UTC' } as const
  return {
    day: new Intl.DateTimeFormat(locale, {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      ...zone,
    }).format(wall),
    time: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', ...zone }).format(wall),
  }
}

/** Megapixels with one decimal under ten, "12 MP". */
export function formatMegapixels(width: number, height: number, locale: string): string {
  const value = (width * height) / 1e6
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} MP`
}

/** "12 May 2024, 14:05" in the reader's language and zone. */
export function formatMoment(moment: string | Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(moment))
}
