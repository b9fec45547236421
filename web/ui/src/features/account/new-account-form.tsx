import { useMutation } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState, type ReactNode, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Field, FormProblem, PasswordField } from '@/components/fields'
import { useProblemText } from '@/lib/use-problem-text'

export type NewAccount = { username: string; password: string }

type FormProps = {
  /** The name that is offered. */
  name?: string
  make: (account: NewAccount) => Promise<unknown>
  onDone: () => void
  /** Words for problems of which the screen knows more. */
  problems?: Readonly<Record<string, string>>
  /** Fields that come before the name. */
  children?: ReactNode
}

/** A name and a password of one's own choice, from which an account is made. */
export function NewAccountForm({ name = '', make, onDone, problems = {}, children }: FormProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [username, setUsername] = useState(name)
  const [password, setPassword] = useState('')
  const making = useMutation({ mutationFn: () => make({ username, password }), onSuccess: onDone })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    making.mutate()
  }
  return (
    <form onSubmit={submit}>
      {children}
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
        text={making.error && problemText(making.error, { bad_request: t('password.refused'), ...problems })}
      />
      <button type="submit" className="btn primary wide" disabled={making.isPending}>
        {making.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
        {t('setup.submit')}
      </button>
    </form>
  )
}
