import { Link, useLocation } from '@tanstack/react-router'
import { Activity, Boxes, HardDrive, HeartPulse, KeyRound, ListChecks, Users } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/page'
import { useMay } from '@/lib/auth'
import './admin.css'

/** The screens of whoever looks after the server, in the order of their tabs. */
const SCREENS = [
  { to: '/admin/health', name: 'admin.health', icon: HeartPulse },
  { to: '/admin/jobs', name: 'admin.jobs', icon: ListChecks },
  { to: '/admin/storage', name: 'admin.storage', icon: HardDrive },
  { to: '/admin/models', name: 'admin.models', icon: Boxes },
  { to: '/admin/provider', name: 'admin.provider', icon: KeyRound },
  { to: '/people', name: 'people.title', icon: Users },
  { to: '/people/activity', name: 'audit.title', icon: Activity },
] as const

/** The frame around these screens: their tabs, for those who may open them. */
export function AdminFrame({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const may = useMay()
  const tabs = useShownTab()
  if (!may.administer) return children
  return (
    <div className="admin">
      <nav ref={tabs} className="admin-tabs" aria-label={t('nav.administration')}>
        {SCREENS.map(({ to, name, icon: Icon }) => (
          <Link key={to} to={to} className="admin-tab" activeOptions={{ exact: true, includeSearch: false }}>
            <Icon size={18} aria-hidden />
            {t(name)}
          </Link>
        ))}
      </nav>
      {children}
    </div>
  )
}

/** Where the tabs are one row that is longer than the screen, the one that is open is on it. */
function useShownTab() {
  const tabs = useRef<HTMLElement>(null)
  const path = useLocation({ select: (location) => location.pathname })
  useEffect(() => {
    const row = tabs.current
    const tab = row?.querySelector<HTMLElement>('[aria-current="page"]')
    if (row && tab) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.clientWidth) / 2
  }, [path])
  return tabs
}

type ScreenProps = { title: string; lead?: ReactNode; actions?: ReactNode; children: () => ReactNode }

/** One of these screens; whoever may not see it is told so, and nothing is asked for. */
export function AdminScreen({ title, lead, actions, children }: ScreenProps) {
  const { t } = useTranslation()
  const may = useMay()
  if (!may.administer)
    return (
      <Page title={title}>
        <p role="alert">{t('admin.notYours')}</p>
      </Page>
    )
  return (
    <Page title={title} lead={lead} actions={actions}>
      {children()}
    </Page>
  )
}
