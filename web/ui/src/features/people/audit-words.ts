import type { TFunction } from 'i18next'
import type { AuditAction, AuditEntry } from '@/api/types'
import { formatBytes } from '@/lib/format'
import en from '@/locales/en.json'

type Texts = keyof typeof en
type Words = { t: TFunction; locale: string }

/** Done without anybody asking for it over the network, so that nothing refuses them. */
export const NEVER_TRIED = [
  'library.purge',
  'login.close',
  'login.open',
  'role.change',
  'role.keep',
  'settings.change',
  'user.password',
] as const satisfies readonly AuditAction[]

/** Noted only when they are refused. */
export const NEVER_DONE = ['csrf', 'denied', 'key.use'] as const satisfies readonly AuditAction[]

const has = (key: string): key is Texts => key in en

/** What happened, as a sentence; an action that this page does not know is told by its code. */
export function sentenceOf(entry: AuditEntry, { t }: Words): string {
  const action = entry.action.split(' ')[0] ?? ''
  const [first, second] = entry.outcome === 'ok' ? ['did', 'tried'] : ['tried', 'did']
  const key = [`audit.${first}.${action}`, `audit.${second}.${action}`].find(has)
  const who = whoOf(entry, t)
  const sentence = key === undefined ? `${who}: ${entry.action}` : t(key as 'audit.did.user.add', { who })
  const what = subjectOf(entry, t)
  return what === '' ? sentence : t('audit.about', { sentence, what })
}

function whoOf({ actor, reason }: AuditEntry, t: TFunction): string {
  if (actor !== null) return actor.name || t('audit.goneFirst')
  return t(reason === 'command line' ? 'audit.server' : 'audit.somebody')
}

/** Whom or what it was about, where that has a name. */
function subjectOf(entry: AuditEntry, t: TFunction): string {
  const { action, object, people, actor, key } = entry
  const [whom] = people
  if (action.startsWith('user.')) return whom === undefined ? named(object, actor) : whom.name || goneSince(entry, t)
  if (action.startsWith('key.')) return key
  if (action.startsWith('model.') || action === 'settings.change') return object
  // With a name that is not whoever did it: somebody tried to sign in as them.
  if (action.startsWith('auth.') && !action.includes('oidc')) return named(object, actor)
  if (whom !== undefined && whom.id !== actor?.id) return whom.name || t('audit.gone')
  return ''
}

/** Of a deletion itself it goes without saying. */
const goneSince = ({ action, outcome }: AuditEntry, t: TFunction): string =>
  action === 'user.delete' && outcome === 'ok' ? '' : t('audit.goneSince')

const named = (object: string, actor: AuditEntry['actor']): string =>
  object === actor?.name || /[0-9a-f]{8}-/.test(object) ? '' : object

/** Further things that are worth knowing of it, in words. */
export function detailsOf(entry: AuditEntry, words: Words): string[] {
  const { t } = words
  const purged = entry.action === 'library.purge' ? /^(\d+) assets$/.exec(entry.object) : null
  return [
    ...(purged ? [t('folders.assets', { count: Number(purged[1]) })] : []),
    ...[...entry.object.matchAll(/(\w+)=(\S+)/g)].map(([pair, name, value]) =>
      changeOf(name ?? '', value ?? '', entry, words, pair),
    ),
    ...(entry.key !== '' && !entry.action.startsWith('key.') ? [t('audit.detail.key', { name: entry.key })] : []),
    ...reasonsOf(entry, words),
  ].filter((part) => part !== '')
}

function changeOf(name: string, value: string, entry: AuditEntry, { t, locale }: Words, pair: string): string {
  switch (name) {
    case 'role':
      return t('audit.detail.role', { role: roleText(value, t) })
    case 'disabled':
      return t(value === 'True' ? 'audit.detail.disabled' : 'audit.detail.enabled')
    case 'quota_bytes':
      return value === 'None' ? t('audit.detail.noRoom') : t('audit.detail.room', { room: bytes(value, locale) })
    case 'assets':
      return value === 'trash' ? t('audit.detail.trash') : ''
    case 'to':
      return t('audit.detail.heir', { name: entry.people.find(({ id }) => id === value)?.name || t('audit.gone') })
    case 'new':
      return t('audit.detail.newKeys', { count: Number(value) })
    case 'hours':
      return t('audit.detail.hours', { count: Number(value) })
    default:
      return pair
  }
}

function bytes(value: string, locale: string): string {
  return /^\d+,?$/.test(value) ? formatBytes(Number.parseInt(value, 10), locale) : value
}

function roleText(role: string, t: TFunction): string {
  const key = `role.${role}`
  return has(key) ? t(key as 'role.admin') : role
}

function reasonsOf({ reason, action, outcome }: AuditEntry, words: Words): string[] {
  const { t } = words
  const roles = /^(\w+) to (\w+), provider's groups$/.exec(reason)
  if (roles)
    return [t('audit.detail.roles', { before: roleText(roles[1] ?? '', t), after: roleText(roles[2] ?? '', t) })]
  const kept = /^(pinned|last admin); groups say (\w+)$/.exec(reason)
  if (kept)
    return [
      t(`audit.reason.${kept[1] as 'pinned' | 'last admin'}`),
      t('audit.detail.roleAsked', { role: roleText(kept[2] ?? '', t) }),
    ]
  if (reason.endsWith('identity provider') && action === 'user.change') return [t('audit.reason.groups')]
  const key = [`audit.reason.${reason}`, `error.${reason}`].find(has)
  if (key !== undefined) return [t(key as 'audit.reason.expired')]
  return reason.startsWith('oidc_') && outcome !== 'ok' ? [t('audit.reason.oidc')] : []
}

/** What only those need who look something up: the codes and the beginnings of ids, as they are. */
export function codesOf(entry: AuditEntry): string[] {
  const { action, object, reason, session, key } = entry
  const isKnownReason = has(`audit.reason.${reason}`) || has(`error.${reason}`) || /groups|provider/.test(reason)
  const isId = /^[0-9a-f]{8}-[0-9a-f-]{27}(\/|$)/.test(object)
  return [
    action.includes(' ') ? action.split(' ').slice(1).join(' ') : '',
    action === 'csrf' || action === 'auth.oidc.logout' ? object : '',
    isId && entry.people.length === 0 ? object.slice(0, 8) : '',
    isKnownReason ? '' : reason,
    session !== '' && (key === '' || action.startsWith('key.')) && action !== 'key.use' ? session : '',
  ].filter((part) => part !== '')
}
