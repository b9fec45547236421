import { CheckCircle2, ChevronRight, CircleAlert, CircleHelp, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { HealthFinding } from '@/api/types'
import { toneOf, wordsOf, type Tone } from './finding-words'

const SIGNS = { bad: CircleAlert, warn: TriangleAlert, ok: CheckCircle2, none: CircleHelp } as const

/** The sign of a tone; what it means is said beside it. */
export function ToneSign({ tone, size = 20 }: { tone: Tone; size?: number }) {
  const Sign = SIGNS[tone]
  return <Sign size={size} aria-hidden />
}

/** What is wrong and what mends it, each finding with the server's own words below. */
export function FindingList({ findings, label }: { findings: readonly HealthFinding[]; label: string }) {
  return (
    <ul aria-label={label}>
      {findings.map((finding) => (
        <FindingRow key={`${finding.name} ${finding.text}`} finding={finding} />
      ))}
    </ul>
  )
}

function FindingRow({ finding }: { finding: HealthFinding }) {
  const { t } = useTranslation()
  const { title, text, remedy } = wordsOf(finding, t)
  const tone = toneOf(finding)
  return (
    <li className="finding" data-tone={tone}>
      <ToneSign tone={tone} />
      <div>
        <h3>
          {title}
          <span className="visually-hidden">: {t(`admin.level.${finding.level}`)}</span>
        </h3>
        {text === null ? <ServerWords text={finding.text} /> : <p>{text}</p>}
        {finding.remedy !== '' && (
          <div className="finding-remedy">
            {remedy === null ? <ServerWords text={finding.remedy} /> : <p>{remedy}</p>}
          </div>
        )}
        {text !== null && (
          <More summary={t('admin.exactly')}>
            <ServerWords text={finding.text} />
            {finding.remedy !== '' && <ServerWords text={finding.remedy} />}
          </More>
        )}
      </div>
    </li>
  )
}

/** What the server says, which it says in English. */
function ServerWords({ text }: { text: string }) {
  return <p lang="en">{text}</p>
}

/** What is there for who wants to know more. */
export function More({ summary, children }: { summary: string; children: ReactNode }) {
  return (
    <details className="admin-more">
      <summary>
        <ChevronRight size={16} aria-hidden />
        {summary}
      </summary>
      {children}
    </details>
  )
}
