import { readFileSync } from 'node:fs'
import i18next from 'i18next'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AuditEntry } from '@/api/types'
import { ACTIVITY_KINDS } from '@/lib/activity-search'
import de from '@/locales/de.json'
import en from '@/locales/en.json'
import { codesOf, detailsOf, NEVER_DONE, NEVER_TRIED, sentenceOf } from './audit-words'

const i18n = i18next.createInstance()
beforeAll(() =>
  i18n.init({
    lng: 'en',
    resources: { en: { translation: en }, de: { translation: de } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  }),
)

const openapi = JSON.parse(readFileSync(new URL('../../../../openapi.json', import.meta.url), 'utf8')) as {
  components: { schemas: { AuditAction: { enum: string[] } } }
}
const ACTIONS = openapi.components.schemas.AuditAction.enum

const ANNA = { id: '0190a3c4-1111-7222-8333-444455556666', name: 'anna' }
const BEN = { id: '0190a3c4-2222-7222-8333-444455556666', name: 'ben' }
const GONE = { ...BEN, name: '' }

function entry(change: Partial<AuditEntry>): AuditEntry {
  const plain = { id: 1, at: '2026-01-31T12:00:00Z', actor: ANNA, people: [], session: '', key: '', ip: '' }
  return { ...plain, action: 'auth.login', object: '', outcome: 'ok', reason: '', ...change }
}
const said = (change: Partial<AuditEntry>, lng: 'en' | 'de' = 'en'): [string, string] => {
  const words = { t: i18n.getFixedT(lng), locale: lng }
  return [sentenceOf(entry(change), words), detailsOf(entry(change), words).join(' · ')]
}

describe('every action that the server knows', () => {
  it('has a sentence for what was done and for what was tried', () => {
    expect(ACTIONS.length).toBeGreaterThan(40)
    const without = (never: readonly string[]) => ACTIONS.filter((action) => !never.includes(action))
    expect(without(NEVER_DONE).filter((action) => !(`audit.did.${action}` in en))).toEqual([])
    expect(without(NEVER_TRIED).filter((action) => !(`audit.tried.${action}` in en))).toEqual([])
  })

  it('has no sentence left over', () => {
    const told = Object.keys(en).flatMap((key) => /^audit\.(?:did|tried)\.(.+)$/.exec(key)?.[1] ?? [])
    expect(told.filter((action) => !ACTIONS.includes(action))).toEqual([])
  })

  it('is found under a kind, and is never told by its code', () => {
    for (const action of ACTIONS) {
      const kinds = Object.values(ACTIVITY_KINDS).flat()
      expect(
        kinds.some((first) => action === first || action.startsWith(`${first}.`)),
        action,
      ).toBe(true)
      for (const outcome of ['ok', 'refused', 'error'] as const) {
        expect(said({ action, outcome })[0]).not.toContain(action)
        expect(said({ action, outcome }, 'de')[0]).not.toBe(said({ action, outcome })[0])
      }
    }
  })
})

describe('an entry', () => {
  it('says who did what to whom, and what became of it', () => {
    expect(
      said({ action: 'user.change', object: `${BEN.id} role=viewer quota_bytes=2500000000`, people: [BEN] }),
    ).toEqual(['anna changed an account: ben', 'role: Viewer · room: 2.5 GB'])
    const left = { action: 'user.delete', object: `${BEN.id} assets=transfer to=${ANNA.id}`, people: [GONE, ANNA] }
    expect(said(left)).toEqual(['anna deleted an account', 'pictures handed to anna'])
    expect(said({ ...left, outcome: 'refused', reason: 'reauthenticate' }, 'de')).toEqual([
      'anna wollte ein Konto löschen: inzwischen gelöscht',
      'Bilder an: anna · Es war nicht frisch bestätigt, wer es ist.',
    ])
  })

  it('calls nobody by a name that there is not', () => {
    expect(said({ actor: null, object: 'ben', outcome: 'refused', reason: 'wrong_credentials' })).toEqual([
      'Somebody tried to sign in: ben',
      'The password was wrong.',
    ])
    expect(said({ actor: GONE })[0]).toBe('A deleted account signed in')
    expect(said({ actor: null, action: 'model.switch', object: 'small', reason: 'command line' })).toEqual([
      'Somebody on the server put another model in charge: small',
      'on the command line of the server',
    ])
  })

  it('names keys in words, and the rest of what one may look up as it is', () => {
    expect(said({ action: 'key.create', object: 'AbCdEfGh', key: 'backup' })[0]).toBe('anna made an API key: backup')
    const upload = { action: 'asset.upload', object: BEN.id, session: 'AbCdEfGh', key: 'backup' }
    expect(said(upload)[1]).toBe('with the key “backup”')
    expect(codesOf(entry(upload))).toEqual(['0190a3c4'])
    expect(codesOf(entry({ session: '12345678' }))).toEqual(['12345678'])
    expect(codesOf(entry({ action: 'denied list_audit', outcome: 'refused', reason: 'forbidden' }))).toEqual([
      'list_audit',
    ])
    expect(codesOf(entry({ outcome: 'refused', reason: 'oidc_nonce' }))).toEqual(['oidc_nonce'])
  })

  it('tells what the groups of the identity provider did to a role', () => {
    const change = { action: 'role.change', object: 'anna', reason: "admin to member, provider's groups" }
    expect(said(change, 'de')[1]).toBe('Administrator → Mitglied')
    expect(said({ action: 'role.keep', object: 'anna', reason: 'last admin; groups say viewer' })[1]).toBe(
      'the last administrator · groups say: Viewer',
    )
  })

  it('of an action that the page does not know is told by its code', () => {
    expect(said({ action: 'moon.land' })[0]).toBe('anna: moon.land')
  })
})
