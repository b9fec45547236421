// What can be wrong with an answer of an identity provider. Each fault changes one thing and leaves the rest as the
// real provider made it: a token is signed again with the provider's own key, so that only the check of that one claim
// can refuse it.

import { randomBytes } from 'node:crypto'

import { CompactSign, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose'

const HOUR = 3600
const now = () => Math.floor(Date.now() / 1000)
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A new private key for `alg`. */
export async function newKey(alg, kid = randomBytes(8).toString('hex')) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }
}

/** The half of a key that everybody may know. */
export function publicHalf({ d, p, q, dp, dq, qi, ...rest }) {
  return rest
}

async function sign(header, claims, key, alg = header.alg) {
  const payload = Buffer.from(JSON.stringify(claims))
  const secret = key instanceof Uint8Array ? key : await importJWK(key, alg)
  return new CompactSign(payload).setProtectedHeader(header).sign(secret)
}

function parts(token) {
  const [header, claims] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')))
  return { header, claims }
}

/** A changed claim: what `change` leaves of the claims, under the provider's own signature. */
const claim = (change) => (header, claims, key, secret) => {
  change(claims, secret)
  return sign(header, claims, key)
}

async function publicKeyAsSecret(key) {
  const spki = await exportSPKI(await importJWK(publicHalf(key), key.alg, { extractable: true }))
  return Buffer.from(spki)
}

const unsigned = (header, claims) => `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`
const bySecret = (header, claims, _key, { secret }) => sign({ ...header, alg: 'HS256' }, claims, Buffer.from(secret))
const byPublicKey = async (header, claims, key) =>
  sign({ ...header, alg: 'HS256' }, claims, await publicKeyAsSecret(key))
const badSignature = async (header, claims, key) => {
  const [head, body, signature] = (await sign(header, claims, key)).split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[20] ^= 1
  return [head, body, bytes.toString('base64url')].join('.')
}
// The same RSA key, another algorithm than the one that was agreed on.
const otherAlgorithm = (header, claims, { alg, ...key }) => sign({ ...header, alg: 'RS384' }, claims, key, 'RS384')

/** Faults of an ID token. */
const ID_TOKEN = {
  aud_other: claim((c) => (c.aud = 'other')),
  aud_other_azp: claim((c) => Object.assign(c, { azp: c.aud, aud: 'other' })),
  aud_list: claim((c) => (c.aud = [c.aud, 'other'])),
  // Allowed: Zitadel names the project and all of its clients, and then who asked.
  aud_list_azp: claim((c) => Object.assign(c, { azp: c.aud, aud: ['other', c.aud] })),
  azp_other: claim((c) => (c.azp = 'other')),
  aud_missing: claim((c) => delete c.aud),
  iss_other: claim((c) => (c.iss = 'https://other.example')),
  iss_slash: claim((c) => (c.iss += '/')),
  iss_missing: claim((c) => delete c.iss),
  expired_hour: claim((c) => (c.exp = now() - HOUR)),
  expired_minute: claim((c) => (c.exp = now() - 60)),
  exp_missing: claim((c) => delete c.exp),
  iat_future: claim((c) => Object.assign(c, { iat: now() + HOUR, exp: now() + 2 * HOUR })),
  iat_day_old: claim((c) => (c.iat = now() - 24 * HOUR)),
  iat_missing: claim((c) => delete c.iat),
  nonce_other: claim((c) => (c.nonce = 'x'.repeat(22))),
  nonce_missing: claim((c) => delete c.nonce),
  sub_missing: claim((c) => delete c.sub),
  at_hash_other: claim((c) => (c.at_hash = Buffer.alloc(16, 7).toString('base64url'))),
  at_hash_missing: claim((c) => delete c.at_hash),
  // Of no weight where nobody was asked to prove anew who they are.
  auth_time_old: claim((c) => (c.auth_time = now() - HOUR)),
  typ_logout: (header, claims, key) => sign({ ...header, typ: 'logout+jwt' }, claims, key),
  typ_access: (header, claims, key) => sign({ ...header, typ: 'at+jwt' }, claims, key),
  crit: (header, claims, key) => sign({ ...header, crit: ['b64'], b64: true }, claims, key),
  alg_none: unsigned,
  alg_none_advertised: unsigned,
  alg_hs256_secret: bySecret,
  alg_hs256_secret_advertised: bySecret,
  alg_hs256_public_key: byPublicKey,
  alg_hs256_public_key_advertised: byPublicKey,
  alg_other: otherAlgorithm,
  alg_other_advertised: otherAlgorithm,
  signature_bad: badSignature,
  key_foreign: async (header, claims) => sign(header, claims, await newKey(header.alg)),
  kid_unknown: async (header, claims) => sign({ ...header, kid: 'nobody' }, claims, await newKey(header.alg)),
  kid_absent: ({ alg }, claims, key) => sign({ alg }, claims, key),
  kid_absent_multiple: ({ alg }, claims, key) => sign({ alg }, claims, key),
  jwk_embedded: async ({ alg }, claims) => {
    const key = await newKey(alg)
    return sign({ alg, jwk: publicHalf(key) }, claims, key)
  },
  not_a_jwt: () => 'eyJub3QiOiJhIGp3dCJ9',
}

/** Faults of a logout token. */
const LOGOUT_TOKEN = {
  logout_alg_none: unsigned,
  logout_alg_hs256: bySecret,
  logout_alg_other: otherAlgorithm,
  logout_no_event: claim((c) => delete c.events),
  logout_other_event: claim((c) => (c.events = { 'http://schemas.openid.net/event/other': {} })),
  logout_event_not_an_object: claim((c) => (c.events[Object.keys(c.events)[0]] = true)),
  logout_with_nonce: claim((c) => (c.nonce = 'n')),
  logout_aud_other: claim((c) => (c.aud = 'other')),
  logout_iss_other: claim((c) => (c.iss = 'https://other.example')),
  logout_iat_old: claim((c) => Object.assign(c, { iat: now() - HOUR, exp: now() + 60 })),
  // Two minutes and the half that clocks are forgiven are over; two and a bit are not.
  logout_iat_3_minutes: claim((c) => Object.assign(c, { iat: now() - 180, exp: now() + 60 })),
  logout_iat_2_minutes: claim((c) => Object.assign(c, { iat: now() - 125, exp: now() + 60 })),
  logout_iat_missing: claim((c) => delete c.iat),
  logout_expired: claim((c) => (c.exp = now() - HOUR)),
  logout_jti_missing: claim((c) => delete c.jti),
  logout_nobody: claim((c) => {
    delete c.sub
    delete c.sid
  }),
  logout_typ_other: (header, claims, key) => sign({ ...header, typ: 'at+jwt' }, claims, key),
  // Allowed since most providers say `JWT`, or nothing.
  logout_typ_missing: ({ typ, ...header }, claims, key) => sign(header, claims, key),
  logout_typ_jwt: (header, claims, key) => sign({ ...header, typ: 'JWT' }, claims, key),
  // Allowed: whoever is meant, in all of their sessions.
  logout_sub_only: claim((c) => delete c.sid),
  logout_sid_only: claim((c) => delete c.sub),
  logout_signature_bad: badSignature,
  logout_key_foreign: async (header, claims) => sign(header, claims, await newKey(header.alg)),
}

const broken = (ctx) => Object.assign(ctx, { status: 500, body: { error: 'server_error' } })
const page = (ctx) => Object.assign(ctx, { type: 'html', body: '<h1>Please wait</h1>' })
// Longer than any client may wait, short enough to leave nothing behind.
const hang = () => new Promise((resolve) => setTimeout(resolve, 20_000).unref())
const advertise = (alg) => (ctx) => ctx.body.id_token_signing_alg_values_supported.push(alg)
const redirected = (change) => (ctx) => {
  const location = new URL(ctx.response.get('location'), ctx.href)
  if (location.searchParams.has('code')) {
    change(location.searchParams)
    ctx.set('location', location.href)
  }
}

/** Faults of other answers: by name, the route whose answer it changes, and how. */
const ANSWERS = {
  alg_none_advertised: { discovery: advertise('none') },
  alg_hs256_secret_advertised: { discovery: advertise('HS256') },
  alg_hs256_public_key_advertised: { discovery: advertise('HS256') },
  alg_other_advertised: { discovery: advertise('RS384') },
  discovery_issuer_other: { discovery: (ctx) => (ctx.body.issuer = 'https://other.example') },
  discovery_issuer_slash: { discovery: (ctx) => (ctx.body.issuer += '/') },
  discovery_broken: { discovery: broken },
  discovery_page: { discovery: page },
  discovery_list: { discovery: (ctx) => (ctx.body = []) },
  discovery_huge: { discovery: (ctx) => (ctx.body.padding = 'x'.repeat(2 ** 21)) },
  discovery_without_token_endpoint: { discovery: (ctx) => delete ctx.body.token_endpoint },
  discovery_plain_endpoint: {
    discovery: (ctx) => (ctx.body.token_endpoint = 'http://1.1.1.1/token'),
  },
  discovery_moved: { discovery: (ctx) => ctx.redirect(`${ctx.href}?moved=1`) },
  discovery_hangs: { discovery: hang },
  // Of no weight for a sign-in; whoever looks for what is wrong sees it.
  discovery_clock_off: { discovery: (ctx) => ctx.set('date', new Date(Date.now() - HOUR * 1000).toUTCString()) },
  jwks_junk: { jwks: (ctx) => ctx.body.keys.unshift({ kty: 'XYZ', kid: 'odd' }, { kid: 'none' }) },
  jwks_empty: { jwks: (ctx) => (ctx.body.keys = []) },
  jwks_broken: { jwks: broken },
  jwks_page: { jwks: page },
  kid_absent_multiple: {
    jwks: async (ctx) => ctx.body.keys.unshift(publicHalf(await newKey(ctx.body.keys[0].alg))),
  },
  token_missing: { token: (ctx) => delete ctx.body.id_token },
  token_broken: { token: broken },
  token_refused: { token: (ctx) => Object.assign(ctx, { status: 400, body: { error: 'unsupported_grant_type' } }) },
  token_page: { token: page },
  token_hangs: { token: hang },
  userinfo_sub_other: { userinfo: (ctx) => (ctx.body.sub = 'bob') },
  userinfo_sub_missing: { userinfo: (ctx) => delete ctx.body.sub },
  userinfo_broken: { userinfo: broken },
  userinfo_page: { userinfo: page },
  userinfo_signed: { userinfo: (ctx) => Object.assign(ctx, { body: 'e30.e30.', type: 'application/jwt' }) },
  callback_iss_other: { authorization: redirected((q) => q.set('iss', 'https://other.example')) },
  callback_iss_missing: { authorization: redirected((q) => q.delete('iss')) },
  callback_state_other: { authorization: redirected((q) => q.set('state', 'forged')) },
  callback_state_missing: { authorization: redirected((q) => q.delete('state')) },
  callback_code_other: { authorization: redirected((q) => q.set('code', 'forged')) },
}

/** The names of all faults. */
export const NAMES = new Set([...Object.keys(ID_TOKEN), ...Object.keys(LOGOUT_TOKEN), ...Object.keys(ANSWERS)])

/** Change a genuine answer of the provider. */
export async function tamper(fault, ctx, key, client) {
  const route = ctx.oidc?.route === 'resume' ? 'authorization' : ctx.oidc?.route
  if (route === 'token' && ctx.body?.id_token && fault in ID_TOKEN) {
    const { header, claims } = parts(ctx.body.id_token)
    ctx.body.id_token = await ID_TOKEN[fault](header, claims, key, client)
  }
  await ANSWERS[fault]?.[route]?.(ctx)
}

/** Change a genuine logout token. */
export async function tamperLogout(fault, token, key, client) {
  const { header, claims } = parts(token)
  return LOGOUT_TOKEN[fault] ? LOGOUT_TOKEN[fault](header, claims, key, client) : token
}

/** The claims of a token. */
export const claimsOf = (token) => parts(token).claims
