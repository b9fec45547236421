import type { TFunction } from 'i18next'
import type { HealthFinding } from '@/api/types'
import en from '@/locales/en.json'

type NameKey = Extract<keyof typeof en, `finding.name.${string}`>
type TextKey = Extract<keyof typeof en, `finding.text.${string}`>
type RemedyKey = Extract<keyof typeof en, `finding.remedy.${string}`>

export type FindingWords = {
  title: string
  /** What is wrong and what helps, in the reader's language; null where only the server can say it. */
  text: string | null
  remedy: string | null
}

/** The areas with a part of its own name behind the dot: a unit of systemd, the set of a model. */
const NAMED = ['unit', 'sets']

/** What a finding is about, and, where its code alone says what is wrong, that as well. */
export function wordsOf({ name, level }: HealthFinding, t: TFunction): FindingWords {
  const area = name.slice(0, Math.max(0, name.indexOf('.')))
  const own = NAMED.includes(area) ? name.slice(area.length + 1) : null
  const key = `finding.name.${own === null ? name : area}`
  const title = key in en ? t(key as NameKey) : name
  const isWrong = level === 'warning' || level === 'failure'
  const text = `finding.text.${name}`
  const remedy = `finding.remedy.${name}`
  return {
    title: own === null ? title : `${title}: ${own}`,
    text: isWrong && text in en ? t(text as TextKey) : null,
    remedy: isWrong && remedy in en ? t(remedy as RemedyKey) : null,
  }
}

export type Tone = 'bad' | 'warn' | 'ok' | 'none'

const TONES = { failure: 'bad', warning: 'warn', ok: 'ok', skipped: 'none' } as const

/** How loudly a finding is shown. */
export const toneOf = ({ level }: { level: HealthFinding['level'] }): Tone => TONES[level]

const ORDER: readonly Tone[] = ['bad', 'warn', 'ok', 'none']

/** The gravest tone of several findings; `none` where there is none. */
export function worstOf(findings: readonly HealthFinding[]): Tone {
  return ORDER.find((tone) => findings.some((finding) => toneOf(finding) === tone)) ?? 'none'
}

/** The findings of an area, its parts included. */
export function ofArea(findings: readonly HealthFinding[], area: string): HealthFinding[] {
  return findings.filter(({ name }) => name === area || name.startsWith(`${area}.`))
}
