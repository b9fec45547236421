import { Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { api, BASE, unwrap } from '@/api/client'
import { Toaster } from '@/components/toaster'
import { StatusBar } from '@/features/status/status-bar'
import { DropZone } from '@/features/upload/drop-zone'
import { UploadProvider } from '@/features/upload/upload-provider'
import { UploadTray } from '@/features/upload/upload-tray'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { Rail, Tabs } from './navigation'
import { LiveLibrary } from './live-library'
import './shell.css'

/** The frame around every screen of a signed-in person: navigation, uploads, messages. */
export function Shell() {
  const { t } = useTranslation()
  const main = useMainFocus()
  const signOut = useSignOut()
  const openUploaded = useOpenUploaded()
  return (
    <UploadProvider>
      <button type="button" className="btn primary skip" onClick={() => main.current?.focus()}>
        {t('nav.skip')}
      </button>
      <div className="shell">
        <Rail onSignOut={signOut} />
        <main ref={main} tabIndex={-1} data-focus-home>
          <StatusBar />
          <Outlet />
        </main>
        <Tabs onSignOut={signOut} />
      </div>
      <UploadTray onOpen={openUploaded} />
      <DropZone />
      <LiveLibrary />
      <Toaster />
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
      () => location.assign(`${BASE}/sign-in`),
      (error: unknown) => showToast(problemText(error)),
    )
  }
}

function useOpenUploaded(): (photo: string) => void {
  const navigate = useNavigate()
  const search = useSearch({ strict: false })
  return (photo) => void navigate({ to: '/', search: { ...search, photo }, resetScroll: false })
}
