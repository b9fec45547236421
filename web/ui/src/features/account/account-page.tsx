import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Mark, Page, Panel } from '@/components/page'
import { Room } from '@/components/room'
import { authState, me } from '@/lib/auth'
import { IdentityPanel } from './identity-panel'
import { KeysPanel } from './keys-panel'
import { PasswordPanel } from './password-panel'
import { SessionsPanel } from './sessions-panel'
import './account.css'

/** One's own account: who one is here, and every way in that it has. */
export function AccountPage() {
  const { t } = useTranslation()
  // The room that is used changes with every picture.
  const person = useQuery({ ...me, staleTime: 0 }).data
  const state = useQuery(authState).data
  if (!person || !state) return null
  return (
    <Page title={t('account.title')}>
      <Panel title={person.name} lead={person.email ?? undefined}>
        <div className="account-who">
          <Mark tone="accent">{t(`role.${person.role}`)}</Mark>
          <span className="quiet">{t(`role.${person.role}.can`)}</span>
        </div>
        <Room used={person.used_bytes} quota={person.quota_bytes} />
      </Panel>
      {state.password_login && <PasswordPanel person={person} />}
      {state.oidc !== null && <IdentityPanel buttonText={state.oidc.button_text} />}
      <SessionsPanel />
      <KeysPanel role={person.role} />
    </Page>
  )
}
