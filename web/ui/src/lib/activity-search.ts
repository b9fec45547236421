/** The kinds of the log that people think in, each with the first words of its actions. */
export const ACTIVITY_KINDS = {
  auth: ['auth', 'login'],
  user: ['user', 'role'],
  session: ['session', 'user.session'],
  password: ['password', 'user.password'],
  key: ['key'],
  invite: ['invite'],
  identity: ['identity'],
  folder: ['folder', 'album'],
  asset: ['asset', 'group', 'job', 'library', 'search', 'upload'],
  model: ['model'],
  settings: ['settings'],
  denied: ['denied', 'csrf'],
} as const
export type ActivityKind = keyof typeof ACTIVITY_KINDS

export const OUTCOMES = ['ok', 'refused', 'error'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What the address of the log narrows it to; days are the reader's own. */
export type ActivitySearch = {
  person?: string
  kind?: ActivityKind
  outcome?: Outcome
  from?: string
  to?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether it is a day that the log can have. */
export function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && startOf(value) !== null
}

/** Reads an address that anybody may have typed: what makes no sense is left out. */
export function readActivitySearch(raw: Record<string, unknown>): ActivitySearch {
  const { person, kind, outcome, from, to } = raw
  return {
    ...(typeof person === 'string' && UUID.test(person) ? { person: person.toLowerCase() } : {}),
    ...(typeof kind === 'string' && Object.hasOwn(ACTIVITY_KINDS, kind) ? { kind: kind as ActivityKind } : {}),
    ...(OUTCOMES.includes(outcome as Outcome) ? { outcome: outcome as Outcome } : {}),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
  }
}

/** The moment at which a day begins where the reader is, `later` days on; null for what is no day of this age. */
function startOf(day: string, later = 0): string | null {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const start = new Date(year, month - 1, date)
  if (year < 1971 || year > 9990 || start.getMonth() !== month - 1 || start.getDate() !== date) return null
  return new Date(year, month - 1, date + later).toISOString()
}

export type ActivityQuery = {
  action?: string[]
  person?: string
  outcome?: Outcome
  since?: string
  until?: string
}

/** What the server is asked; both days are whole ones. */
export function activityQuery({ person, kind, outcome, from, to }: ActivitySearch): ActivityQuery {
  const since = from === undefined ? null : startOf(from)
  const until = to === undefined ? null : startOf(to, 1)
  return {
    ...(kind === undefined ? {} : { action: [...ACTIVITY_KINDS[kind]] }),
    ...(person === undefined ? {} : { person }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  }
}
