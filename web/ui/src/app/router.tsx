import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { BASE } from '@/api/client'
import { readActivitySearch } from '@/lib/activity-search'
import { authState, me, safeNext } from '@/lib/auth'
import { readLibrarySearch } from '@/lib/library-search'
import { Lost, Trouble } from './fallbacks'

type Context = { client: QueryClient }

/** How the sign-in screen was come to. */
type SignInSearch = { next?: string; local?: 1; signed_out?: 1; sign_in_error?: string }

function readSignIn(raw: Record<string, unknown>): SignInSearch {
  const next = safeNext(raw['next'])
  const error = raw['sign_in_error']
  return {
    ...(next === undefined ? {} : { next }),
    // The router reads ?local=1 as a number.
    ...(String(raw['local']) === '1' ? { local: 1 } : {}),
    ...(String(raw['signed_out']) === '1' ? { signed_out: 1 } : {}),
    ...(typeof error === 'string' && error !== '' ? { sign_in_error: error } : {}),
  }
}

/** From an address that needs a person to the sign-in screen, which leads back there; what is for it goes along. */
function signInFrom(href: string): SignInSearch {
  const address = new URL(href, location.origin)
  const own = readSignIn(Object.fromEntries(address.searchParams))
  for (const name of ['local', 'signed_out', 'sign_in_error']) address.searchParams.delete(name)
  const next = `${address.pathname}${address.search}${address.hash}`
  return { ...own, ...(next === '/' ? {} : { next }) }
}

const root = createRootRouteWithContext<Context>()({
  notFoundComponent: Lost,
  errorComponent: (props) => <Trouble {...props} />,
})

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    const state = await context.client.query({ ...authState, staleTime: 'static' })
    if (!state.setup_needed) redirect({ to: '/', search: {}, throw: true })
  },
  component: lazyRouteComponent(() => import('./routes/setup'), 'Setup'),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readSignIn,
  beforeLoad: async ({ context }) => {
    const state = await context.client.query({ ...authState, staleTime: 'static' })
    if (state.setup_needed) redirect({ to: '/setup', throw: true })
    if (state.signed_in) redirect({ to: '/', search: {}, throw: true })
  },
  component: lazyRouteComponent(() => import('./routes/sign-in'), 'SignIn'),
})

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/signup',
  beforeLoad: async ({ context }) => {
    const state = await context.client.query({ ...authState, staleTime: 'static' })
    if (state.setup_needed) redirect({ to: '/setup', throw: true })
  },
  component: lazyRouteComponent(() => import('./routes/sign-up'), 'SignUp'),
})

/** Where the identity provider leads a window back to that was opened to prove who somebody is. */
const confirmed = createRoute({
  getParentRoute: () => root,
  path: '/confirmed',
  component: lazyRouteComponent(() => import('./routes/confirmed'), 'Confirmed'),
})

/** Everything that needs a person: no library data is asked for before this guard has let them pass. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const state = await context.client.query({ ...authState, staleTime: 'static' })
    if (state.setup_needed) redirect({ to: '/setup', throw: true })
    if (!state.signed_in) redirect({ to: '/sign-in', search: signInFrom(location.href), throw: true })
  },
  // Beside the code of the frame: what is drawn depends on the role.
  loader: ({ context }) => context.client.query({ ...me, staleTime: 'static' }),
  component: lazyRouteComponent(() => import('./shell/shell'), 'Shell'),
})

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  validateSearch: readLibrarySearch,
  component: lazyRouteComponent(() => import('./routes/home'), 'Home'),
})

const trash = createRoute({
  getParentRoute: () => signedIn,
  path: '/trash',
  component: lazyRouteComponent(() => import('@/features/trash/trash-page'), 'TrashPage'),
})

const folders = createRoute({
  getParentRoute: () => signedIn,
  path: '/folders',
  component: lazyRouteComponent(() => import('@/features/folders/folders-page'), 'FoldersPage'),
})

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/account',
  component: lazyRouteComponent(() => import('@/features/account/account-page'), 'AccountPage'),
})

const people = createRoute({
  getParentRoute: () => signedIn,
  path: '/people',
  component: lazyRouteComponent(() => import('@/features/people/people-page'), 'PeoplePage'),
})

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: '/people/activity',
  validateSearch: readActivitySearch,
  component: lazyRouteComponent(() => import('./routes/activity'), 'Activity'),
})

const routeTree = root.addChildren([
  setup,
  signIn,
  signUp,
  confirmed,
  signedIn.addChildren([home, folders, trash, account, people, audit]),
])

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    basepath: BASE || '/',
    defaultPreload: 'intent',
    scrollRestoration: true,
    // Going back to results finds them where they were left, also after the address of the open picture changed.
    getScrollRestorationKey: (location) => location.state.__TSR_key ?? location.href,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
