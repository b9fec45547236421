import { Link } from '@tanstack/react-router'
import { Activity, HeartPulse, ListChecks, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/page'
import { useMay } from '@/lib/auth'
import './admin.css'

/** The screens of whoever looks after the server, in the order of their tabs. */
const SCREENS = [
  { to: '/admin/health', name: 'admin.health', icon: HeartPulse },
  { to: '/admin/jobs', name: 'admin.jobs', icon: ListChecks },
  { to: '/people', name: 'people.title', icon: Users },
  { to: '/people/activity', name: 'audit.title', icon: Activity },
] as const

/** The frame around these screens: their tabs, for those who may open them. */
export function AdminFrame({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const may = useMay()
  if (!may.administer) return children
  return (
    <div className="admin">
      <nav className="admin-tabs" aria-label={t('nav.administration')}>
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
