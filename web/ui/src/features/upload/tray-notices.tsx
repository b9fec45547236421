import { CloudOff, FileQuestion, HardDrive, LogIn, PauseCircle, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { codeOf } from '@/api/errors'
import { useProblemText } from '@/lib/use-problem-text'
import type { Entry } from './entry'
import type { QueueStatus } from './queue'
import type { Unfinished } from './unfinished'
import { useUploads } from './upload-provider'

/** So many names say which visit it was; the whole list is in the account of that visit no more. */
const MOST_NAMES = 50

type NoticesProps = { entries: readonly Entry[]; status: QueueStatus; left: Unfinished }

/** What keeps everything waiting, what to do where there is no room, and what an earlier visit left unfinished. */
export function TrayNotices({ entries, status, left }: NoticesProps) {
  return (
    <>
      <div role="status" className="upload-notices">
        <Standstill entries={entries} status={status} />
        <Full entries={entries} />
      </div>
      <Left left={left} />
    </>
  )
}

type NoticeProps = { icon: LucideIcon; tone?: 'warn'; children: ReactNode }

function Notice({ icon: Icon, tone, children }: NoticeProps) {
  return (
    <div className="notice" data-tone={tone}>
      <Icon size={18} aria-hidden />
      <div>{children}</div>
    </div>
  )
}

function Standstill({ entries, status: { isPaused, held } }: Omit<NoticesProps, 'left'>) {
  const { t } = useTranslation()
  const { queue } = useUploads()
  const problemText = useProblemText()
  if (entries.length === 0) return null
  if (isPaused)
    return (
      <Notice icon={PauseCircle}>
        <p>{t('upload.paused')}</p>
        <button type="button" className="btn small" onClick={() => queue.resume()}>
          {t('upload.resume')}
        </button>
      </Notice>
    )
  if (held === null) return null
  if (held.why === 'signed_out')
    return (
      <Notice icon={LogIn} tone="warn">
        {t('upload.held.signedOut')}
      </Notice>
    )
  return (
    <Notice icon={CloudOff} tone="warn">
      <p>
        {held.why === 'offline' ? t('upload.held.offline') : t('upload.held.server', { why: problemText(held.error) })}
      </p>
      <button type="button" className="btn small" onClick={() => queue.tryNow()}>
        {t('upload.tryNow')}
      </button>
    </Notice>
  )
}

/** What to do where there is no room, said once for all files that it keeps out. */
function Full({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation()
  const codes = new Set(entries.filter(({ state }) => state === 'failed').map(({ error }) => codeOf(error)))
  const text = codes.has('disk_full') ? t('upload.diskFull') : codes.has('quota_exceeded') ? t('upload.noRoom') : null
  if (text === null) return null
  return (
    <Notice icon={HardDrive} tone="warn">
      {text}
    </Notice>
  )
}

/** Names of what had not arrived when the page was left: a browser can't open files again by itself. */
function Left({ left }: { left: Unfinished }) {
  const { t } = useTranslation()
  const { pickFiles, unfinished } = useUploads()
  const count = left.files.length + left.more
  if (count === 0) return null
  const named = left.files.slice(0, MOST_NAMES)
  return (
    <div className="upload-notices">
      <Notice icon={FileQuestion} tone="warn">
        <p>{t('upload.left', { count })}</p>
        <details>
          <summary>{t('upload.leftNames')}</summary>
          <ul tabIndex={0} aria-label={t('upload.leftNames')}>
            {named.map(({ path, size }) => (
              <li key={`${path}\n${size}`}>{path}</li>
            ))}
            {count > named.length && <li>{t('upload.rest', { count: count - named.length })}</li>}
          </ul>
        </details>
        <div className="upload-left-actions">
          <button type="button" className="btn small" onClick={pickFiles}>
            {t('upload.leftAgain')}
          </button>
          <button type="button" className="btn small ghost" onClick={() => unfinished.set({ files: [], more: 0 })}>
            {t('upload.leftForget')}
          </button>
        </div>
      </Notice>
    </div>
  )
}
