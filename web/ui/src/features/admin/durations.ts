const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1],
] as const

function largest(seconds: number): { unit: (typeof UNITS)[number][0]; count: number } {
  const rounded = Math.round(Math.max(0, seconds))
  const [unit, size] = UNITS.find(([, least]) => rounded >= least) ?? (['second', 1] as const)
  return { unit, count: Math.round(rounded / size) }
}

/** A span as people say it, in its largest unit: "3 minutes". */
export function formatSpan(seconds: number, locale: string): string {
  const { unit, count } = largest(seconds)
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

/** How long ago something was: "3 minutes ago". */
export function formatAgo(seconds: number, locale: string): string {
  const { unit, count } = largest(seconds)
  return new Intl.RelativeTimeFormat(locale).format(-count, unit)
}
