import { useMutation } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { useProblemText } from '@/lib/use-problem-text'
import { Door } from './door'
import { Field, FormProblem, PasswordField } from './fields'

/** Asks for user name and password; `onDone` is called once the browser has its session. */
export function SignInScreen({ onDone }: { onDone: () => void }) {
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
    <Door title={t('signIn.title')} lead={t('signIn.lead')}>
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
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onText={setPassword}
        />
        <FormProblem text={signIn.error && problemText(signIn.error)} />
        <button type="submit" className="btn primary wide" disabled={signIn.isPending}>
          {signIn.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
          {t('signIn.submit')}
        </button>
      </form>
    </Door>
  )
}
