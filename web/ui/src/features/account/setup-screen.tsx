import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { codeOf } from '@/api/errors'
import { Field } from '@/components/fields'
import { Door } from './door'
import { NewAccountForm, type NewAccount } from './new-account-form'

/** Makes the first account. `linkToken` is the token of the setup link; without one that is good it is asked for. */
export function SetupScreen({ linkToken, onDone }: { linkToken: string | null; onDone: () => void }) {
  const { t } = useTranslation()
  const [token, setToken] = useState(linkToken ?? '')
  const [isAsked, setIsAsked] = useState(linkToken === null)
  const make = async (account: NewAccount) => {
    try {
      return await unwrap(api.POST('/api/auth/setup', { body: { token: token.trim(), ...account } }))
    } catch (error) {
      if (codeOf(error) === 'forbidden') setIsAsked(true)
      throw error
    }
  }
  return (
    <Door title={t('setup.title')} lead={t('setup.lead')}>
      <NewAccountForm make={make} onDone={onDone} problems={{ forbidden: t('setup.refused') }}>
        {isAsked && (
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
