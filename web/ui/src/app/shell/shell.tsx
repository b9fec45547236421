import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { api, BASE, unwrap } from '@/api/client'
import { OpenHouse } from '@/components/open-house'
import { Toaster } from '@/components/toaster'
import { StatusBar } from '@/features/status/status-bar'
import { DropZone } from '@/features/upload/drop-zone'
import { UploadProvider } from '@/features/upload/upload-provider'
import { UploadTray } from '@/features/upload/upload-tray'
import { me, useMay } from '@/lib/auth'
import { question } from '@/lib/confirm'
import { useStore } from '@/lib/store'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { useSignInErrorText } from '@/lib/use-sign-in-error'
import { Rail, Tabs } from './navigation'
import { LiveLibrary } from './live-library'
import './shell.css'

const ConfirmIdentity = lazy(() => import('@/components/confirm-identity'))

/** The frame around every screen of a signed-in person: navigation, uploads, messages. */
export function Shell() {
  const { t } = useTranslation()
  const main = useMainFocus()
  const signOut = useSignOut()
  const openUploaded = useOpenUploaded()
  const may = useMay()
  const person = useQuery(me)
  const isAsked = useStore(question) !== null
  useReturned()
  return (
    <UploadProvider>
      <button type="button" className="btn primary skip" onClick={() => main.current?.focus()}>
        {t('nav.skip')}
      </button>
      <div className="shell">
        <Rail onSignOut={signOut} />
        <main ref={main} tabIndex={-1} data-focus-home>
          <StatusBar />
          <OpenHouse when={person.data?.admin_sees_all === true} />
          <Outlet />
        </main>
        <Tabs onSignOut={signOut} />
      </div>
      <UploadTray onOpen={openUploaded} />
      {may.add && <DropZone />}
      <LiveLibrary />
      <Toaster />
      {isAsked && (
        <Suspense>
          <ConfirmIdentity />
        </Suspense>
      )}
    </UploadProvider>
  )
}

/** After going to another screen, the keyboard goes on from its beginning. */
function useMainFocus() {
  const main = useRef<HTMLElement>(null)
  const path = useLocation({ select: (location) => location.pathname })
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current !== path) main.current?.focus({ preventScroll: true })
    shown.current = path
  }, [path])
  return main
}

function useSignOut(): () => void {
  const problemText = useProblemText()
  return () => {
    unwrap(api.POST('/api/auth/logout')).then(
      // Loading the page anew is the surest way to leave nothing of the library in memory.
      (left: { redirect: string } | undefined) => location.assign(left?.redirect ?? `${BASE}/sign-in?signed_out=1`),
      (error: unknown) => showToast(problemText(error)),
    )
  }
}

/** Says what went wrong at the identity provider, to whoever came back from connecting an account there. */
function useReturned(): void {
  const errorText = useSignInErrorText()
  const navigate = useNavigate()
  const code = new URLSearchParams(useLocation({ select: (location) => location.searchStr })).get('sign_in_error')
  useEffect(() => {
    if (code === null) return
    showToast(errorText(code))
    const kept = (search: object) =>
      Object.fromEntries(Object.entries(search).filter(([name]) => name !== 'sign_in_error'))
    void navigate({ to: '.', search: kept, replace: true })
  }, [code, errorText, navigate])
}

function useOpenUploaded(): (photo: string) => void {
  const navigate = useNavigate()
  const search = useSearch({ strict: false })
  return (photo) => void navigate({ to: '/', search: { ...search, photo }, resetScroll: false })
}
