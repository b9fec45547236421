import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { authState, me, providerUrl } from '@/lib/auth'
import { CONFIRMED, question } from '@/lib/confirm'
import { useProblemText } from '@/lib/use-problem-text'
import { PasswordField } from './fields'
import { Sheet, SheetForm } from './sheet'

/** Asks the person to prove who they are, by their password or at the home's identity provider. */
export default function ConfirmIdentity() {
  const { t } = useTranslation()
  const person = useQuery(me).data
  const state = useQuery(authState).data
  const answer = (isConfirmed: boolean) => question.get()?.answer(isConfirmed)
  useEffect(() => {
    const channel = new BroadcastChannel(CONFIRMED)
    channel.onmessage = () => question.get()?.answer(true)
    return () => channel.close()
  }, [])
  if (!person || !state) return null
  const hasPassword = person.has_password && state.password_login
  return (
    <Sheet title={t('confirm.title')} onClose={() => answer(false)}>
      <p className="sheet-lead">{t('confirm.lead')}</p>
      {state.oidc !== null && (
        <a className="btn wide" href={providerUrl('confirm', '/confirmed')} target="_blank" rel="noopener">
          {state.oidc.button_text}
        </a>
      )}
      {hasPassword && <PasswordProof name={person.name} onAnswer={answer} />}
      {!hasPassword && state.oidc === null && <p>{t('confirm.noWay')}</p>}
    </Sheet>
  )
}

function PasswordProof({ name, onAnswer }: { name: string; onAnswer: (isConfirmed: boolean) => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [password, setPassword] = useState('')
  const confirm = useMutation({
    mutationFn: () => unwrap(api.POST('/api/auth/confirm', { body: { password } })),
    onSuccess: () => onAnswer(true),
  })
  return (
    <SheetForm
      submit={t('confirm.submit')}
      isBusy={confirm.isPending}
      problem={confirm.error && problemText(confirm.error, { wrong_credentials: t('password.wrong') })}
      onSubmit={() => confirm.mutate()}
      onClose={() => onAnswer(false)}
    >
      {/* For password managers, which want to know whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      <PasswordField
        label={t('door.password')}
        name="password"
        autoComplete="current-password"
        required
        autoFocus
        value={password}
        onText={setPassword}
      />
    </SheetForm>
  )
}
