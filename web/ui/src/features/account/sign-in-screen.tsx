import { useMutation } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useEffect, useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { AuthState } from '@/api/types'
import { Field, FormProblem, PasswordField } from '@/components/fields'
import { OpenHouse } from '@/components/open-house'
import { useProblemText } from '@/lib/use-problem-text'
import { useSignInErrorText } from '@/lib/use-sign-in-error'
import { Door } from './door'

type SignInProps = {
  state: AuthState
  /** Where the identity provider's way in begins. */
  providerHref: string
  /** Address of the sign-up screen, where anybody may sign up. */
  signUpHref: string
  /** Why the last try through the provider came back without a session. */
  error: string | undefined
  hasSignedOut: boolean
  /** Whether the person asked for this screen itself, and not for the provider. */
  staysHere: boolean
  onDone: () => void
}

/** The ways in that this server offers; `onDone` is called once the browser has its session. */
export function SignInScreen(props: SignInProps) {
  const { state, error, hasSignedOut } = props
  const { t } = useTranslation()
  const errorText = useSignInErrorText()
  const launches = state.oidc?.auto_launch === true && !props.staysHere && !hasSignedOut && error === undefined
  useEffect(() => {
    // In place of this screen, so that going back does not lead here and out again.
    if (launches) location.replace(props.providerHref)
  }, [launches, props.providerHref])
  if (launches)
    return (
      <Door title={t('signIn.title')} lead={t('signIn.launching')}>
        <ProviderLink text={state.oidc?.button_text} href={props.providerHref} />
      </Door>
    )
  return (
    <Door title={t('signIn.title')} lead={t(hasSignedOut && error === undefined ? 'signIn.signedOut' : 'signIn.lead')}>
      {error !== undefined && (
        <div className="door-problem">
          <FormProblem text={errorText(error)} />
        </div>
      )}
      <Ways {...props} />
      <OpenHouse when={state.admin_sees_all} />
    </Door>
  )
}

/** The provider, the password form, and what there is instead of either. */
function Ways({ state, providerHref, signUpHref, onDone }: SignInProps) {
  const { t } = useTranslation()
  return (
    <>
      {state.oidc !== null && <ProviderLink text={state.oidc.button_text} href={providerHref} />}
      {state.oidc !== null && state.password_login && <p className="door-or">{t('signIn.or')}</p>}
      {state.password_login ? (
        <PasswordForm onDone={onDone} hasFocus={state.oidc === null} />
      ) : (
        <p className="door-note">{t(state.oidc === null ? 'signIn.noWay' : 'signIn.noPasswords')}</p>
      )}
      {state.signup === 'open' && state.password_login && (
        <p className="door-note">
          {t('signIn.newHere')} <a href={signUpHref}>{t('signIn.signUp')}</a>
        </p>
      )}
    </>
  )
}

function ProviderLink({ text, href }: { text: string | undefined; href: string }) {
  return (
    <a className="btn primary wide door-provider" href={href}>
      {text}
    </a>
  )
}

function PasswordForm({ onDone, hasFocus }: { onDone: () => void; hasFocus: boolean }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => unwrap(api.POST('/api/auth/login', { body: { username, password } })),
    onSuccess: onDone,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    signIn.mutate()
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
        autoFocus={hasFocus}
        value={username}
        onText={setUsername}
      />
      <PasswordField
        label={t('door.password')}
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onText={setPassword}
      />
      <FormProblem text={signIn.error && problemText(signIn.error)} />
      <button type="submit" className={hasFocus ? 'btn primary wide' : 'btn wide'} disabled={signIn.isPending}>
        {signIn.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
        {t('signIn.submit')}
      </button>
    </form>
  )
}
