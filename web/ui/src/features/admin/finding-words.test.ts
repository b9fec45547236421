import i18next from 'i18next'
import { beforeAll, expect, it } from 'vitest'
import type { HealthFinding } from '@/api/types'
import de from '@/locales/de.json'
import en from '@/locales/en.json'
import { ofArea, toneOf, wordsOf, worstOf } from './finding-words'

const i18n = i18next.createInstance()
beforeAll(() =>
  i18n.init({ lng: 'de', resources: { de: { translation: de } }, keySeparator: false, nsSeparator: false }),
)

const finding = (name: string, level: HealthFinding['level']): HealthFinding => ({ name, level, text: 'x', remedy: '' })

it('says in the reader’s language what a code alone can say', () => {
  const words = wordsOf(finding('work.worker', 'warning'), i18n.t)
  expect(words.title).toBe(de['finding.name.work.worker'])
  expect(words.text).toBe(de['finding.text.work.worker'])
  expect(words.remedy).toBe(de['finding.remedy.work.worker'])
})

it('leaves to the server what only it knows, and what is well', () => {
  expect(wordsOf(finding('work.worker', 'ok'), i18n.t)).toMatchObject({ text: null, remedy: null })
  expect(wordsOf(finding('database.schema', 'failure'), i18n.t).text).toBeNull()
  expect(wordsOf(finding('something.new', 'failure'), i18n.t)).toEqual({
    title: 'something.new',
    text: null,
    remedy: null,
  })
})

it('names a unit and a set beside their area', () => {
  expect(wordsOf(finding('unit.scene-sense-web.service', 'failure'), i18n.t).title).toBe(
    `${de['finding.name.unit']}: scene-sense-web.service`,
  )
  expect(wordsOf(finding('sets.big', 'ok'), i18n.t).title).toContain(': big')
})

it('has a text for every remedy, and a name for every text', () => {
  for (const key of Object.keys(en)) {
    const [, kind, name] = /^finding\.(remedy|text)\.(.+)$/.exec(key) ?? []
    if (kind === 'remedy') expect(en).toHaveProperty([`finding.text.${name}`])
    if (kind === 'text') expect(en).toHaveProperty([`finding.name.${name}`])
  }
})

it('is as grave as its gravest finding', () => {
  const found = [finding('volume', 'ok'), finding('volume.space', 'warning'), finding('volumes', 'failure')]
  expect(worstOf(ofArea(found, 'volume'))).toBe('warn')
  expect(worstOf(found)).toBe('bad')
  expect(worstOf([])).toBe('none')
  expect(toneOf(finding('x', 'skipped'))).toBe('none')
})
