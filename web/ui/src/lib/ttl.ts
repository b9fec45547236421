/** The lives a person can choose for a picture. Values are what the server's `ttl` takes. */
export const KEEP_CHOICES = ['never', '7d', '30d', '365d'] as const
export type Keep = (typeof KEEP_CHOICES)[number]

export function isKeep(value: unknown): value is Keep {
  return KEEP_CHOICES.includes(value as Keep)
}

const DAY_MS = 86_400_000

/** Whole days until the moment, rounded up; 0 when it has passed, null when there is none. */
export function daysUntil(moment: string | null, now: number = Date.now()): number | null {
  if (moment === null) return null
  return Math.max(0, Math.ceil((Date.parse(moment) - now) / DAY_MS))
}
