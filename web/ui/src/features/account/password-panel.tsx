import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { Me } from '@/api/types'
import { CheckField, FormProblem, PasswordField } from '@/components/fields'
import { Panel } from '@/components/page'
import { confirming } from '@/lib/confirm'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'

/** Changes the password, or sets the first one; every other session ends with that. */
export function PasswordPanel({ person }: { person: Me }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [current, setCurrent] = useState('')
  const [fresh, setFresh] = useState('')
  const [endKeys, setEndKeys] = useState(false)
  const change = useMutation({
    mutationFn: () =>
      confirming(() =>
        unwrap(
          api.POST('/api/me/password', {
            body: {
              ...compact({ current_password: person.has_password ? current : undefined }),
              new_password: fresh,
              end_keys: endKeys,
            },
          }),
        ),
      ),
    onSuccess: () => {
      setCurrent('')
      setFresh('')
      setEndKeys(false)
      showToast(t('password.changed'))
      for (const queryKey of [keys.me, keys.sessions, keys.apiKeys]) void client.invalidateQueries({ queryKey })
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate()
  }
  return (
    <Panel title={t('password.title')} lead={t(person.has_password ? 'password.lead' : 'password.first')}>
      <form className="form" onSubmit={submit}>
        {/* For password managers, which want to know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={person.name} readOnly hidden />
        {person.has_password && (
          <PasswordField
            label={t('password.current')}
            name="current-password"
            autoComplete="current-password"
            required
            value={current}
            onText={setCurrent}
          />
        )}
        <PasswordField
          label={t('password.new')}
          hint={t('setup.passwordHint')}
          name="new-password"
          autoComplete="new-password"
          minLength={8}
          required
          value={fresh}
          onText={setFresh}
        />
        <CheckField label={t('password.endKeys')} checked={endKeys} onCheck={setEndKeys} />
        <FormProblem
          text={
            change.error &&
            problemText(change.error, { bad_request: t('password.refused'), wrong_credentials: t('password.wrong') })
          }
        />
        <button type="submit" className="btn" aria-disabled={change.isPending}>
          {change.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
          {t(person.has_password ? 'password.change' : 'password.set')}
        </button>
      </form>
    </Panel>
  )
}
