import { useMutation, useQuery } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { AuthState } from '@/api/types'
import { Field, FormProblem, PasswordField } from '@/components/fields'
import { OpenHouse } from '@/components/open-house'
import { useProblemText } from '@/lib/use-problem-text'
import { Door } from './door'

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
        <SignUpForm invite={invite} name={checked.data?.name ?? ''} onDone={onDone} />
      )}
      <p className="door-note">
        {t('signUp.haveOne')} <a href={signInHref}>{t('signIn.submit')}</a>
      </p>
      <OpenHouse when={state.admin_sees_all} />
    </Door>
  )
}

function SignUpForm({ invite, name, onDone }: { invite: string | null; name: string; onDone: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [username, setUsername] = useState(name)
  const [password, setPassword] = useState('')
  const signUp = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST('/api/auth/signup', { body: { username, password, ...compact({ invite: invite ?? undefined }) } }),
      ),
    onSuccess: onDone,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    signUp.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Field
        label={t('door.username')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        value={username}
        onText={setUsername}
      />
      <PasswordField
        label={t('door.password')}
        hint={t('setup.passwordHint')}
        name="password"
        autoComplete="new-password"
        minLength={8}
        required
        value={password}
        onText={setPassword}
      />
      <FormProblem
        text={
          signUp.error && problemText(signUp.error, { conflict: t('signUp.taken'), bad_request: t('password.refused') })
        }
      />
      <button type="submit" className="btn primary wide" disabled={signUp.isPending}>
        {signUp.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
        {t('setup.submit')}
      </button>
    </form>
  )
}
