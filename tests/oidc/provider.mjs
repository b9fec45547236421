// A certified OpenID provider (npm `oidc-provider`) for the tests: two clients, three people, a sign-in page of its own,
// and a control plane through which a test sets faults, rotates keys, changes people and sends logout tokens.
//
// Settings come as JSON in the first argument: port, tls {key, cert} (files), and what `RESET` has. The line "ready"
// is printed once it listens; it ends when its standard input does.

import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'

import { Provider } from 'oidc-provider'

import { claimsOf, NAMES, newKey, tamper, tamperLogout } from './faults.mjs'

const GIVEN = JSON.parse(process.argv[2])
const ISSUER = `${GIVEN.tls ? 'https' : 'http'}://${GIVEN.host ?? '127.0.0.1'}:${GIVEN.port}`
const SECRET = 'scene-secret-scene-secret-scene-secret'

const PEOPLE = {
  alice: { email: 'alice@home.test', email_verified: true, groups: ['admins', 'family'] },
  bob: { email: 'bob@home.test', email_verified: true, groups: ['family'] },
  // Somebody who calls herself alice and typed alice's address, which nobody has confirmed.
  mallory: { email: 'alice@home.test', email_verified: false, preferred_username: 'alice', groups: ['family'] },
}

/** How providers that people run at home say groups. */
const SHAPES = {
  plain: (groups) => ({ groups }),
  text: (groups) => ({ groups: groups.join(',') }),
  spaces: (groups) => ({ groups: groups.join(' ') }),
  missing: () => ({}),
  keycloak: (groups) => ({ groups: groups.map((name) => `/${name}`), realm_access: { roles: groups } }),
  zitadel: (groups) => ({
    'urn:zitadel:iam:org:project:roles': Object.fromEntries(groups.map((name) => [name, { 3141: 'home.test' }])),
  }),
}

const RESET = {
  fault: null,
  alg: 'RS256',
  auth: 'client_secret_basic',
  shape: 'plain',
  // Whether claims about a person are in userinfo alone (Authelia's way, and the specification's), or in both.
  conform: true,
  ttl: {},
  origins: [],
}

let state
let key
let provider
let answer
const keys = {}

function person(name) {
  const { groups, ...claims } = state.people[name]
  const named = { sub: name, preferred_username: name, name: name[0].toUpperCase() + name.slice(1) }
  return { ...named, ...claims, ...(groups ? SHAPES[state.shape](groups) : {}) }
}

function client(id, secret) {
  const [newest] = state.origins.slice(-1)
  return {
    client_id: id,
    token_endpoint_auth_method: secret ? state.auth : 'none',
    ...(secret ? { client_secret: secret } : {}),
    id_token_signed_response_alg: state.alg,
    redirect_uris: state.origins.map((origin) => `${origin}/api/auth/oidc/callback`),
    post_logout_redirect_uris: state.origins.map((origin) => `${origin}/?signed_out=1`),
    backchannel_logout_uri: `${newest}/api/auth/oidc/backchannel-logout`,
    backchannel_logout_session_required: true,
  }
}

/** What people are asked for is granted without a question, as a home's provider does for its own applications. */
async function loadExistingGrant({ oidc }) {
  const known = oidc.session.grantIdFor(oidc.client.clientId)
  const found = known && (await oidc.provider.Grant.find(known))
  if (found) return found
  const ids = { clientId: oidc.client.clientId, accountId: oidc.session.accountId }
  const grant = new oidc.provider.Grant(ids)
  grant.addOIDCScope('openid profile email groups')
  await grant.save()
  return grant
}

/** Its requests to others refuse loopback addresses; here that is where everybody is. */
async function outgoing(url, { dispatcher, ...options }) {
  let token = options.body?.get('logout_token')
  if (!token) return fetch(url, options)
  token = await tamperLogout(state.fault, token, key, { secret: SECRET })
  state.logoutToken = token
  if (state.hold) return new Response(null, { status: 204 })
  return fetch(url, { ...options, body: new URLSearchParams({ logout_token: token }) })
}

async function build() {
  provider = new Provider(ISSUER, {
    jwks: { keys: [key] },
    clients: [client('scene-sense', SECRET), client('scene-public')],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: [
        ...['name', 'preferred_username', 'groups', 'realm_access', 'quota'],
        'urn:zitadel:iam:org:project:roles',
      ],
      groups: ['groups'],
    },
    conformIdTokenClaims: state.conform,
    cookies: { keys: ['a key of cookies that outlives a rotation'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const yes = '<button form="op.logoutForm" name="logout" value="yes">Sign out</button>'
          ctx.body = `<!doctype html><title>Sign out?</title>${form}${yes}`
        },
      },
    },
    fetch: outgoing,
    findAccount: (_ctx, name) => state.people[name] && { accountId: name, claims: async () => person(name) },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant,
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
      ...state.ttl,
    },
  })
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.oidc?.route === 'token' && ctx.body?.id_token) {
      const { sub, sid } = claimsOf(ctx.body.id_token)
      state.signedIn.push({ sub, sid })
    }
    if (state.fault) await tamper(state.fault, ctx, key, { secret: SECRET })
  })
  answer = provider.callback()
}

async function reset(given = {}) {
  state = { ...RESET, ...given, people: structuredClone(PEOPLE), log: [], signedIn: [] }
  key = keys[state.alg] ??= await newKey(state.alg)
  await build()
}

/** Have the provider send the logout token of one session; what the receiver said. */
async function logout({ sub, sid, hold = false }) {
  const receiver = await provider.Client.find('scene-sense')
  Object.assign(state, { hold, logoutToken: null })
  let status = 200
  try {
    await receiver.backchannelLogout(sub, sid)
  } catch (error) {
    status = error.response?.status ?? 0
  }
  return { status, token: state.logoutToken }
}

/** What a test may ask for, in the order in which it is done. */
const CONTROLS = {
  reset,
  fault: (name) => {
    if (name !== null && !NAMES.has(name)) throw new Error(`there is no fault ${name}`)
    state.fault = name
  },
  set: async (values) => {
    Object.assign(state, values)
    key = key.alg === state.alg ? key : await newKey(state.alg)
    await build()
  },
  person: ({ name, ...claims }) => Object.assign(state.people[name], claims),
  // Sessions and cookies outlive this: their store belongs to the process, not to the provider's object.
  rotate: async (how) => {
    key = await newKey(state.alg, how === 'same kid' ? key.kid : undefined)
    await build()
  },
  logout,
}

async function read(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function control(request, response) {
  const asked = JSON.parse(await read(request))
  const result = {}
  for (const name of Object.keys(asked)) {
    if (!CONTROLS[name]) throw new Error(`there is no control ${name}`)
  }
  for (const [name, run] of Object.entries(CONTROLS)) {
    if (name in asked) result[name] = (await run(asked[name])) ?? null
  }
  const { log, signedIn } = state
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ...result, log, signed_in: signedIn, faults: [...NAMES] }))
}

const FORM = `<!doctype html><title>Home account</title><form method="post">
<input name="username" autocomplete="username"><input name="password" type="password" autocomplete="current-password">
<button name="action" value="sign-in">Sign in</button><button name="action" value="cancel">Cancel</button></form>`

/** The page on which people sign in. */
async function interact(request, response) {
  await provider.interactionDetails(request, response)
  response.setHeader('content-type', 'text/html')
  if (request.method !== 'POST') return response.end(FORM)
  const typed = new URLSearchParams(await read(request))
  const name = typed.get('username')
  let result = { login: { accountId: name } }
  if (typed.get('action') === 'cancel') {
    result = { error: 'access_denied', error_description: 'the person said no' }
  } else if (!state.people[name] || typed.get('password') !== `${name}-pw-${name}`) {
    response.statusCode = 403
    return response.end(FORM)
  }
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

async function serve(request, response) {
  const { pathname, search } = new URL(request.url, ISSUER)
  try {
    if (pathname === '/control') return await control(request, response)
    state.log.push(`${request.method} ${pathname}${search}`)
    if (pathname.startsWith('/interaction/')) return await interact(request, response)
    return await answer(request, response)
  } catch (error) {
    console.error(error)
    response.statusCode = 500
    return response.end(String(error))
  }
}

await reset(GIVEN.reset)
const server = GIVEN.tls
  ? https.createServer({ key: readFileSync(GIVEN.tls.key), cert: readFileSync(GIVEN.tls.cert) }, serve)
  : http.createServer(serve)
server.listen(GIVEN.port, '127.0.0.1', () => console.log('ready'))
process.stdin.resume().on('end', () => process.exit(0))
