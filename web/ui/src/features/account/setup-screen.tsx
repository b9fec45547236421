import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Field } from '@/components/fields'
import { Door } from './door'
import { NewAccountForm } from './new-account-form'

/** Makes the first account. `linkToken` is the token of the setup link; without one it is asked for. */
export function SetupScreen({ linkToken, onDone }: { linkToken: string | null; onDone: () => void }) {
  const { t } = useTranslation()
  const [token, setToken] = useState(linkToken ?? '')
  return (
    <Door title={t('setup.title')} lead={t('setup.lead')}>
      <NewAccountForm
        make={(account) => unwrap(api.POST('/api/auth/setup', { body: { token: token.trim(), ...account } }))}
        onDone={onDone}
      >
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
      </NewAccountForm>
    </Door>
  )
}
