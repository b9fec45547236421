import { useQuery } from '@tanstack/react-query'
import { LoaderCircle, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { codeOf } from '@/api/errors'
import type { Health } from '@/api/types'
import { Panel } from '@/components/page'
import { formatMoment } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { AdminScreen } from './admin-frame'
import { formatAgo, formatSpan } from './durations'
import { FindingList, More, ToneSign } from './finding-list'
import { ofArea, toneOf, worstOf, type Tone } from './finding-words'
import { health, ready } from './queries'

/** The parts that people think in, and the areas of the findings on them. */
const PARTS = [
  ['web', ['server', 'settings', 'provider', 'data', 'cache']],
  ['worker', ['work.worker', 'work.lost', 'work.sweep']],
  ['database', ['database']],
  ['queue', ['queue']],
  ['volume', ['volume', 'originals']],
  ['model', ['model', 'sets']],
] as const

/** How the whole installation is: one sentence, what needs a hand with what helps, and what was looked at. */
export function HealthPage() {
  const { t } = useTranslation()
  return (
    <AdminScreen title={t('admin.health')} lead={t('admin.health.lead')}>
      {() => <Findings />}
    </AdminScreen>
  )
}

function Findings() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const found = useQuery(health)
  if (found.error && !found.data)
    return (
      <>
        <div className="admin-verdict" data-tone="bad" role="status">
          <ToneSign tone="bad" size={28} />
          <div>
            <p>{problemText(found.error)}</p>
          </div>
        </div>
        {codeOf(found.error) !== 'offline' && <PartsAlone />}
      </>
    )
  if (!found.data)
    return (
      <div className="admin-verdict" data-tone="none" role="status">
        <LoaderCircle size={28} className="spinner" aria-hidden />
        <p>{t('admin.looking')}</p>
      </div>
    )
  const { findings } = found.data
  const wrong = findings
    .filter((finding) => ['bad', 'warn'].includes(toneOf(finding)))
    .sort((one, other) => Number(other.level === 'failure') - Number(one.level === 'failure'))
  const rest = findings.filter((finding) => !wrong.includes(finding))
  return (
    <>
      <Verdict found={found.data} isLooking={found.isFetching} onLook={() => void found.refetch()} />
      {wrong.length > 0 && (
        <Panel title={t('admin.wrong')}>
          <FindingList findings={wrong} label={t('admin.wrong')} />
        </Panel>
      )}
      <Panel title={t('admin.parts')}>
        <Parts found={found.data} />
      </Panel>
      <Panel title={t('admin.about')}>
        <About found={found.data} />
        <More summary={t('admin.looked', { count: rest.length })}>
          <FindingList findings={rest} label={t('admin.looked', { count: rest.length })} />
        </More>
      </Panel>
    </>
  )
}

type VerdictProps = { found: Health; isLooking: boolean; onLook: () => void }

function Verdict({ found, isLooking, onLook }: VerdictProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { failures, warnings, at } = found
  const tone: Tone = failures > 0 ? 'bad' : warnings > 0 ? 'warn' : 'ok'
  const words = {
    bad: t('admin.verdict.bad', { count: failures }),
    warn: t('admin.verdict.warn', { count: warnings }),
    ok: t('admin.verdict.ok'),
  }
  return (
    <div className="admin-verdict" data-tone={tone}>
      <ToneSign tone={tone} size={28} />
      <div role="status">
        <p>{words[tone]}</p>
        <p>
          {t('admin.at', { when: formatMoment(at, locale) })}
          {failures > 0 && warnings > 0 && ` ${t('admin.verdict.warn', { count: warnings })}`}
        </p>
      </div>
      <button
        type="button"
        className="btn icon admin-verdict-look"
        aria-label={t('admin.look')}
        title={t('admin.look')}
        aria-disabled={isLooking}
        onClick={() => isLooking || onLook()}
      >
        <RotateCw size={18} className={isLooking ? 'spinner' : ''} aria-hidden />
      </button>
    </div>
  )
}

function Parts({ found }: { found: Health }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const noteOf: Partial<Record<(typeof PARTS)[number][0], string>> = {
    web: t('admin.up', { span: formatSpan(found.up_seconds, locale) }),
    worker:
      found.worker.seconds === null
        ? t('admin.neverSeen')
        : t('admin.seen', { ago: formatAgo(found.worker.seconds, locale) }),
  }
  return (
    <dl className="admin-tiles">
      {PARTS.map(([part, areas]) => {
        const tone = worstOf(areas.flatMap((area) => ofArea(found.findings, area)))
        return (
          <div key={part} className="admin-tile" data-tone={tone}>
            <dt>{t(`admin.part.${part}`)}</dt>
            <dd className="admin-tile-words">{t(`admin.tone.${tone}`)}</dd>
            {noteOf[part] !== undefined && <dd className="admin-tile-note">{noteOf[part]}</dd>}
          </div>
        )
      })}
    </dl>
  )
}

function About({ found }: { found: Health }) {
  const { t } = useTranslation()
  const locale = useLocale()
  return (
    <dl className="admin-facts">
      <dt>{t('admin.version')}</dt>
      <dd>Scene-Sense {found.version}</dd>
      <dt>{t('admin.upSince')}</dt>
      <dd>{t('admin.up', { span: formatSpan(found.up_seconds, locale) })}</dd>
    </dl>
  )
}

/** Which parts are there, as anybody may ask it: what is left when the server can't tell who somebody is. */
function PartsAlone() {
  const { t } = useTranslation()
  const parts = useQuery(ready).data?.parts ?? []
  return (
    <Panel title={t('admin.parts')}>
      <dl className="admin-tiles">
        {parts.map(({ name, ready: isReady, needed }) => {
          const tone: Tone = isReady ? 'ok' : needed ? 'bad' : 'warn'
          const key = `admin.part.${name}` as 'admin.part.database'
          return (
            <div key={name} className="admin-tile" data-tone={tone}>
              <dt>{t(key)}</dt>
              <dd className="admin-tile-words">{t(`admin.tone.${tone}`)}</dd>
            </div>
          )
        })}
      </dl>
    </Panel>
  )
}
