import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowRight, HardDrive, Images, ImageUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { BASE } from '@/api/client'
import { Page } from '@/components/page'
import { me, useMay } from '@/lib/auth'
import { EXAMPLE_COUNT, EXAMPLE_DAYS } from '@/lib/examples'
import { formatBytes } from '@/lib/format'
import { serverStatus } from '@/lib/status'
import { useLocale } from '@/lib/use-locale'
import { ExamplesButton } from './examples-button'
import './welcome.css'

/** What the owner of a new library sees first: where pictures are kept, and something to try a search on. */
export function WelcomePage() {
  const { t } = useTranslation()
  const may = useMay()
  const name = useQuery(me).data?.name ?? ''
  return (
    <Page title={t('welcome.title', { name })} lead={t('welcome.lead')}>
      <ol className="welcome">
        <Storage />
        {may.add && (
          <Step icon={<Images size={22} />} title={t('welcome.examples')}>
            <p>{t('welcome.examplesHint', { count: EXAMPLE_COUNT, days: EXAMPLE_DAYS })}</p>
            <ExamplesButton />
            <p className="welcome-sources">
              <a href={`${BASE}/examples/SOURCES.txt`} target="_blank" rel="noreferrer">
                {t('welcome.sources')}
              </a>
            </p>
          </Step>
        )}
        {may.add && (
          <Step icon={<ImageUp size={22} />} title={t('welcome.own')}>
            <p>{t('welcome.ownHint')}</p>
          </Step>
        )}
      </ol>
      <Link to="/" search={{}} className="btn primary">
        {t('welcome.go')}
        <ArrowRight size={18} aria-hidden />
      </Link>
    </Page>
  )
}

function Step({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <li className="welcome-step">
      <span className="welcome-sign" aria-hidden>
        {icon}
      </span>
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </li>
  )
}

/** Whether there is a place for pictures, and how much of it. */
function Storage() {
  const { t } = useTranslation()
  const locale = useLocale()
  const volume = useQuery(serverStatus).data?.volume
  if (!volume)
    return (
      <Step icon={<HardDrive size={22} />} title={t('welcome.storage')}>
        {null}
      </Step>
    )
  const words = {
    online: t('welcome.storageReady', {
      free: formatBytes(volume.free_bytes, locale),
      total: formatBytes(volume.total_bytes, locale),
    }),
    missing: t('status.volumeMissing'),
    foreign: t('status.volumeForeign'),
  }
  return (
    <Step icon={<HardDrive size={22} />} title={t('welcome.storage')}>
      <p>{words[volume.state]}</p>
    </Step>
  )
}
