import { useMutation } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { useProblemText } from '@/lib/use-problem-text'
import { Door } from './door'
import { Field, FormProblem, PasswordField } from '@/components/fields'

/** Makes the first account. `linkToken` is the token of the setup link; without one it is asked for. */
export function SetupScreen({ linkToken, onDone }: { linkToken: string | null; onDone: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [token, setToken] = useState(linkToken ?? '')
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const setUp = useMutation({
    mutationFn: () => unwrap(api.POST('/api/auth/setup', { body: { token: token.trim(), username, password } })),
    onSuccess: onDone,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setUp.mutate()
  }
  return (
    <Door title={t('setup.title')} lead={t('setup.lead')}>
      <form onSubmit={submit}>
        {linkToken === null && (
          <Field
            label={t('setup.token')}
            hint={t('setup.tokenHint')}
            name="token"
            autoComplete="off"
            spellCheck={false}
            required
            value={token}
            onText={setToken}
          />
        )}
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
        <FormProblem text={setUp.error && problemText(setUp.error, { bad_request: t('password.refused') })} />
        <button type="submit" className="btn primary wide" disabled={setUp.isPending}>
          {setUp.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
          {t('setup.submit')}
        </button>
      </form>
    </Door>
  )
}
