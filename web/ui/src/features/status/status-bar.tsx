import { Link } from '@tanstack/react-router'
import { CloudOff, Database, HardDrive, LoaderCircle, SearchX, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '@/lib/auth'
import type { Trouble } from './condition'
import { useCondition } from './use-condition'
import './status.css'

type Say = { tone: 'bad' | 'warn'; icon: LucideIcon; text: `status.${Camel<Trouble>}`; isForAdmin?: boolean }
type Camel<T extends string> = T extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Tail>}` : T

/** What is said of each trouble; `isForAdmin`: somebody who looks after the server has to do something. */
const TROUBLES: Record<Trouble, Say> = {
  offline: { tone: 'bad', icon: CloudOff, text: 'status.offline' },
  'database-away': { tone: 'bad', icon: Database, text: 'status.databaseAway', isForAdmin: true },
  'volume-missing': { tone: 'bad', icon: HardDrive, text: 'status.volumeMissing', isForAdmin: true },
  'volume-foreign': { tone: 'bad', icon: HardDrive, text: 'status.volumeForeign', isForAdmin: true },
  'volume-readonly': { tone: 'bad', icon: HardDrive, text: 'status.volumeReadonly', isForAdmin: true },
  'disk-full': { tone: 'bad', icon: HardDrive, text: 'status.diskFull', isForAdmin: true },
  'model-missing': { tone: 'warn', icon: SearchX, text: 'status.modelMissing', isForAdmin: true },
  'encoder-down': { tone: 'warn', icon: SearchX, text: 'status.encoderDown', isForAdmin: true },
  'model-loading': { tone: 'warn', icon: LoaderCircle, text: 'status.modelLoading' },
  'worker-silent': { tone: 'warn', icon: TriangleAlert, text: 'status.workerSilent', isForAdmin: true },
  'disk-low': { tone: 'warn', icon: HardDrive, text: 'status.diskLow', isForAdmin: true },
}

/** One line about what does not work, with what can be done; nothing while all is well. */
export function StatusBar() {
  const { t } = useTranslation()
  const may = useMay()
  const condition = useCondition()
  switch (condition.kind) {
    case 'indexing':
    case 'well':
      return null
    case 'worker-behind':
      return (
        <Line
          tone="warn"
          icon={TriangleAlert}
          text={t('status.workerBehind', { count: condition.count })}
          action={<Help />}
        />
      )
    case 'failed':
      return (
        <Line
          tone="warn"
          icon={TriangleAlert}
          text={t('status.failed', { count: condition.count })}
          action={
            <Link to="/failures" className="btn small">
              {t('status.see')}
            </Link>
          }
        />
      )
    default: {
      // That it fills up is no news to those who add nothing.
      if (condition.kind === 'disk-low' && !may.add) return null
      const { tone, icon, text, isForAdmin = false } = TROUBLES[condition.kind]
      return <Line tone={tone} icon={icon} text={t(text)} action={isForAdmin && <Help />} />
    }
  }
}

type LineProps = { tone: 'bad' | 'warn'; icon: LucideIcon; text: string; action?: ReactNode }

function Line({ tone, icon: Icon, text, action }: LineProps) {
  return (
    <div className="status-bar" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={17} aria-hidden />
      <span>{text}</span>
      {action}
    </div>
  )
}

/** To what helps, for those who can do it; the others are told whom to ask. */
function Help() {
  const { t } = useTranslation()
  const may = useMay()
  if (!may.administer) return <small className="status-ask">{t('status.ask')}</small>
  return (
    <Link to="/admin/health" className="btn small">
      {t('status.help')}
    </Link>
  )
}
