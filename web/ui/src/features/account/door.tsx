import { ShieldAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { BrandMark } from '@/components/brand'
import './door.css'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Passwords travel readable on plain http to another machine. */
function isReadableOnTheWay(): boolean {
  return location.protocol === 'http:' && !LOOPBACK.has(location.hostname)
}

/** The frame of the screens before signing in. */
export function Door({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <main className="door">
      <div className="door-card">
        <div className="door-brand">
          <BrandMark size={44} />
        </div>
        <h1>{title}</h1>
        <p className="door-lead">{lead}</p>
        {children}
        {isReadableOnTheWay() && (
          <p className="door-warning">
            <ShieldAlert size={16} aria-hidden />
            {t('door.notPrivate')}
          </p>
        )}
      </div>
    </main>
  )
}
