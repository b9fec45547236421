import { useQuery } from '@tanstack/react-query'
import { LoaderCircle, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ProviderCheck } from '@/api/types'
import { Panel } from '@/components/page'
import { authState } from '@/lib/auth'
import { useProblemText } from '@/lib/use-problem-text'
import en from '@/locales/en.json'
import { AdminScreen } from './admin-frame'
import { ToneSign } from './finding-list'
import { toneOf } from './finding-words'
import { providerCheck } from './queries'

type Step = ProviderCheck['steps'][number]
type StepKey = Extract<keyof typeof en, `provider.step.${string}`>

/** The way to a sign-in at the home's identity provider, walked step by step; how to set one up where there is none. */
export function ProviderPage() {
  const { t } = useTranslation()
  return (
    <AdminScreen title={t('admin.provider')} lead={t('admin.provider.lead')}>
      {() => <Provider />}
    </AdminScreen>
  )
}

function Provider() {
  const state = useQuery(authState).data
  if (state === undefined) return null
  return state.oidc === null ? <None /> : <Walk />
}

const SETTINGS = ['OIDC_ENABLED=true', 'OIDC_ISSUER=https://…', 'OIDC_CLIENT_ID=…', 'OIDC_CLIENT_SECRET_FILE=/…']

function None() {
  const { t } = useTranslation()
  return (
    <>
      <div className="admin-verdict" data-tone="none">
        <ToneSign tone="none" size={28} />
        <div>
          <p>{t('provider.none')}</p>
          <p>{t('provider.none.lead')}</p>
        </div>
      </div>
      <Panel title={t('provider.how')}>
        <ol className="admin-steps">
          <li>{t('provider.how.client')}</li>
          <li>
            {t('provider.how.settings')}
            <ul className="admin-code">
              {SETTINGS.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </li>
          <li>{t('provider.how.restart')}</li>
        </ol>
        <p className="quiet">{t('provider.how.docs')}</p>
      </Panel>
    </>
  )
}

function Walk() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const found = useQuery(providerCheck)
  const steps = found.data?.steps ?? []
  const again = (
    <button
      type="button"
      className="btn"
      aria-disabled={found.isFetching}
      onClick={() => found.isFetching || void found.refetch()}
    >
      <RotateCw size={18} className={found.isFetching ? 'spinner' : ''} aria-hidden />
      {t('provider.again')}
    </button>
  )
  if (found.error && !found.data)
    return (
      <>
        <p role="alert">{problemText(found.error)}</p>
        <div>{again}</div>
      </>
    )
  if (!found.data)
    return (
      <div className="admin-verdict" data-tone="none" role="status">
        <LoaderCircle size={28} className="spinner" aria-hidden />
        <p>{t('provider.walking')}</p>
      </div>
    )
  const tone = !found.data.ok ? 'bad' : steps.some(({ level }) => level === 'warning') ? 'warn' : 'ok'
  return (
    <>
      <div className="admin-verdict" data-tone={tone}>
        <ToneSign tone={tone} size={28} />
        <div role="status">
          <p>{t(`provider.verdict.${tone}`)}</p>
        </div>
      </div>
      <Panel title={t('provider.steps')} actions={again}>
        <ol aria-label={t('provider.steps')}>
          {steps.map((step) => (
            <StepRow key={`${step.name} ${step.text}`} step={step} />
          ))}
        </ol>
      </Panel>
    </>
  )
}

function StepRow({ step }: { step: Step }) {
  const { t } = useTranslation()
  const tone = toneOf(step)
  const key = `provider.step.${step.name}`
  return (
    <li className="finding" data-tone={tone}>
      <ToneSign tone={tone} />
      <div>
        <h3>
          {key in en ? t(key as StepKey) : step.name}
          <span className="visually-hidden">: {t(`admin.level.${step.level}`)}</span>
        </h3>
        <p lang="en">{step.text}</p>
        {step.remedy !== '' && (
          <div className="finding-remedy">
            <p lang="en">{step.remedy}</p>
          </div>
        )}
      </div>
    </li>
  )
}
