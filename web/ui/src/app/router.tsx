import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { BASE } from '@/api/client'
import { authState } from '@/lib/auth'
import { readLibrarySearch } from '@/lib/library-search'
import { Lost, Trouble } from './fallbacks'

type Context = { client: QueryClient }

/** A path inside the page to go to after signing in; anything else is ignored. */
export function safeNext(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined
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
  validateSearch: (raw: Record<string, unknown>): { next?: string } => {
    const next = safeNext(raw['next'])
    return next === undefined ? {} : { next }
  },
  beforeLoad: async ({ context }) => {
    const state = await context.client.query({ ...authState, staleTime: 'static' })
    if (state.setup_needed) redirect({ to: '/setup', throw: true })
    if (state.signed_in) redirect({ to: '/', search: {}, throw: true })
  },
  component: lazyRouteComponent(() => import('./routes/sign-in'), 'SignIn'),
})

/** Everything that needs a person: no library data is asked for before this guard has let them pass. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const state = await context.client.query({ ...authState, staleTime: 'static' })
    if (state.setup_needed) redirect({ to: '/setup', throw: true })
    if (!state.signed_in)
      redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href }, throw: true })
  },
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

const routeTree = root.addChildren([setup, signIn, signedIn.addChildren([home, trash])])

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
