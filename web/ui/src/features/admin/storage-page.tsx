import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Account, StorageReport } from '@/api/types'
import { Panel, Row } from '@/components/page'
import { Room } from '@/components/room'
import { formatBytes } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { AdminScreen } from './admin-frame'
import { ToneSign } from './finding-list'
import { PurgePanel } from './purge-panel'
import { storage, users } from './queries'
import type { Tone } from './finding-words'

/** The disk of the originals, what takes up how much, and what is about to go for good. */
export function StoragePage() {
  const { t } = useTranslation()
  return (
    <AdminScreen title={t('admin.storage')} lead={t('admin.storage.lead')}>
      {() => <Report />}
    </AdminScreen>
  )
}

function Report() {
  const problemText = useProblemText()
  const found = useQuery(storage)
  if (found.error && !found.data) return <p role="alert">{problemText(found.error)}</p>
  if (!found.data) return null
  return (
    <>
      <Disk report={found.data} />
      <Kinds report={found.data} />
      <PurgePanel />
      <People />
    </>
  )
}

type ReportProps = { report: StorageReport }

/** How the disk is, in one word that the texts know. */
function stateOf({ state, writable, free_bytes: free, floor_bytes: floor }: StorageReport) {
  if (state !== 'online') return state
  if (!writable) return 'readonly'
  return free < floor ? 'full' : 'online'
}

function Disk({ report }: ReportProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const state = stateOf(report)
  const tone: Tone = state === 'online' ? 'ok' : 'bad'
  const { total_bytes: total, free_bytes: free, floor_bytes: floor } = report
  const size = (bytes: number) => formatBytes(bytes, locale)
  return (
    <>
      <div className="admin-verdict" data-tone={tone}>
        <ToneSign tone={tone} size={28} />
        <div>
          <p role="status">{t(`admin.disk.${state}`)}</p>
          {total > 0 && <p>{t('admin.disk.free', { free: size(free), total: size(total) })}</p>}
        </div>
      </div>
      <Panel title={t('admin.disk')}>
        {total > 0 && <DiskBar report={report} />}
        <dl className="admin-facts">
          <dt>{t('admin.disk.path')}</dt>
          <dd className="admin-code">{report.path}</dd>
          <dt>{t('admin.disk.identity')}</dt>
          <dd className="admin-code">{report.identity}</dd>
          {report.mount !== null && (
            <>
              <dt>{t('admin.disk.mount')}</dt>
              <dd className="admin-code">
                {report.mount} ({report.file_system})
              </dd>
            </>
          )}
          <dt>{t('admin.disk.floor')}</dt>
          <dd>{t('admin.disk.floorNote', { size: size(floor) })}</dd>
        </dl>
      </Panel>
    </>
  )
}

const PARTS = ['originals', 'trash', 'other'] as const

/** What the disk is full of: the library's originals, its trash, and whatever else is there. */
function DiskBar({ report }: ReportProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { total_bytes: total, free_bytes: free, originals, trash } = report
  const bytes = {
    originals: originals.bytes,
    trash: trash.bytes,
    other: Math.max(0, total - free - originals.bytes - trash.bytes),
  }
  return (
    <div className="disk">
      <div className="disk-bar" aria-hidden>
        {PARTS.map((part) => (
          <i key={part} data-part={part} style={{ width: `${(bytes[part] / total) * 100}%` }} />
        ))}
      </div>
      <ul className="disk-legend">
        {PARTS.map((part) => (
          <li key={part}>
            <i data-part={part} aria-hidden />
            {t(`admin.disk.part.${part}`)}
            <b>{formatBytes(bytes[part], locale)}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Kinds({ report: { originals, trash, renditions, trash_days: days } }: ReportProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const size = (bytes: number) => formatBytes(bytes, locale)
  return (
    <Panel title={t('admin.kept')}>
      <dl className="admin-tiles">
        <div className="admin-tile">
          <dt>{t('admin.kept.originals')}</dt>
          <dd>{size(originals.bytes)}</dd>
          <dd className="admin-tile-note">{t('folders.assets', { count: originals.assets })}</dd>
        </div>
        <div className="admin-tile">
          <dt>{t('nav.trash')}</dt>
          <dd>{size(trash.bytes)}</dd>
          <dd className="admin-tile-note">
            {t('folders.assets', { count: trash.assets })}, {t('admin.kept.days', { count: days })}
          </dd>
        </div>
        <div className="admin-tile">
          <dt>{t('admin.kept.renditions')}</dt>
          <dd>{renditions.bytes === null ? t('admin.kept.many') : size(renditions.bytes)}</dd>
          <dd className="admin-tile-note">{t('admin.kept.renditionsFree', { free: size(renditions.free_bytes) })}</dd>
        </div>
      </dl>
    </Panel>
  )
}

/** How much room each person has used of theirs. */
function People() {
  const { t } = useTranslation()
  const found = useQuery(users)
  const most = [...(found.data ?? [])].sort((one: Account, other: Account) => other.used_bytes - one.used_bytes)
  return (
    <Panel
      title={t('admin.room')}
      lead={t('admin.room.lead')}
      actions={
        <Link to="/people" className="btn small">
          {t('admin.room.change')}
        </Link>
      }
    >
      <ul className="rows">
        {most.map(({ id, name, used_bytes: used, quota_bytes: quota }) => (
          <Row
            key={id}
            sign={<span className="avatar" data-letter={name.slice(0, 1).toUpperCase()} />}
            name={name}
            note={<Room used={used} quota={quota} />}
          />
        ))}
      </ul>
    </Panel>
  )
}
