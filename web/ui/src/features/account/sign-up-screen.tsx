import { useQuery } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { AuthState } from '@/api/types'
import { FormProblem } from '@/components/fields'
import { OpenHouse } from '@/components/open-house'
import { useProblemText } from '@/lib/use-problem-text'
import { Door } from './door'
import { NewAccountForm } from './new-account-form'

type SignUpProps = {
  state: AuthState
  /** The token of the invitation's link, or null for whoever comes without one. */
  invite: string | null
  signInHref: string
  onDone: () => void
}

/** Makes an account: by an invitation, or where anybody may. */
export function SignUpScreen({ state, invite, signInHref, onDone }: SignUpProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const checked = useQuery({
    queryKey: ['invite', invite],
    queryFn: ({ signal }) => unwrap(api.POST('/api/auth/invite', { body: { invite: invite ?? '' }, signal })),
    enabled: invite !== null,
    retry: false,
    staleTime: Infinity,
  })
  const isClosed = invite === null && state.signup !== 'open'
  const problem = isClosed ? t('error.signup_closed') : checked.error && problemText(checked.error)
  return (
    <Door title={t('signUp.title')} lead={checked.data ? t(`signUp.lead.${checked.data.role}`) : t('signIn.lead')}>
      {problem !== null && (
        <div className="door-problem">
          <FormProblem text={problem} />
        </div>
      )}
      {invite !== null && checked.isPending && (
        <p className="door-note">
          <LoaderCircle size={22} className="spinner" aria-label={t('results.loading')} />
        </p>
      )}
      {!isClosed && (invite === null || checked.isSuccess) && (
        <NewAccountForm
          name={checked.data?.name ?? ''}
          make={(account) =>
            unwrap(api.POST('/api/auth/signup', { body: { ...account, ...compact({ invite: invite ?? undefined }) } }))
          }
          onDone={onDone}
          problems={{ conflict: t('signUp.taken') }}
        />
      )}
      <p className="door-note">
        {t('signUp.haveOne')} <a href={signInHref}>{t('signIn.submit')}</a>
      </p>
      <OpenHouse when={state.admin_sees_all} />
    </Door>
  )
}
