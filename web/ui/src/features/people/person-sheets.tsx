import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { Account, Role } from '@/api/types'
import { CopyField, Field, PasswordField, SelectField } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { authState } from '@/lib/auth'
import { confirming } from '@/lib/confirm'
import { formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { bytesOf, changeAccount, gigabytesOf } from './queries'

const ROLES: readonly Role[] = ['admin', 'member', 'viewer']

function RoleField({ value, onChoose }: { value: Role; onChoose: (role: Role) => void }) {
  const { t } = useTranslation()
  return (
    <SelectField
      label={t('people.role')}
      hint={t(`role.${value}.can`)}
      value={value}
      options={ROLES.map((role) => ({ value: role, text: t(`role.${role}`) }))}
      onChoose={onChoose}
    />
  )
}

/** Lets somebody in: by a link with which they choose their own password, or with one that is given to them. */
export function AddSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const signup = useQuery(authState).data?.signup ?? 'off'
  const [way, setWay] = useState<'invite' | 'password'>(signup === 'off' ? 'password' : 'invite')
  return (
    <Sheet title={t('people.add')} onClose={onClose}>
      {signup !== 'off' && (
        <SelectField
          label={t('people.way')}
          value={way}
          options={[
            { value: 'invite', text: t('people.way.invite') },
            { value: 'password', text: t('people.way.password') },
          ]}
          onChoose={setWay}
        />
      )}
      {way === 'invite' ? <InviteForm onClose={onClose} /> : <NewAccountForm onClose={onClose} />}
    </Sheet>
  )
}

const HOURS = ['24', '72', '168'] as const

function InviteForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('member')
  const [hours, setHours] = useState<(typeof HOURS)[number]>('72')
  const invite = useMutation({
    mutationFn: () =>
      confirming(() =>
        unwrap(api.POST('/api/admin/invites', { body: { role, name: name.trim(), expires_hours: Number(hours) } })),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invites }),
  })
  if (invite.data)
    return (
      <>
        <p className="sheet-lead">{t('invite.madeLead', { when: formatMoment(invite.data.expires_at, locale) })}</p>
        {/* Without PUBLIC_URL the server does not know under which name people reach it. */}
        <CopyField label={t('invite.link')} value={new URL(invite.data.link, location.origin).href} />
        <div className="form-actions">
          <button type="button" className="btn primary" onClick={onClose}>
            {t('sheet.done')}
          </button>
        </div>
      </>
    )
  return (
    <SheetForm
      submit={t('invite.make')}
      isBusy={invite.isPending}
      problem={invite.error && problemText(invite.error, { conflict: t('invite.off') })}
      onSubmit={() => invite.mutate()}
      onClose={onClose}
    >
      <Field
        label={t('invite.name')}
        hint={t('invite.nameHint')}
        name="guest"
        autoComplete="off"
        maxLength={64}
        value={name}
        onText={setName}
      />
      <RoleField value={role} onChoose={setRole} />
      <SelectField
        label={t('invite.life')}
        value={hours}
        options={HOURS.map((value) => ({ value, text: t(`invite.life.${value}`) }))}
        onChoose={setHours}
      />
    </SheetForm>
  )
}

function NewAccountForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<Role>('member')
  const add = useMutation({
    mutationFn: () =>
      confirming(() =>
        unwrap(
          api.POST('/api/admin/users', {
            body: { username, role, ...compact({ password: password === '' ? undefined : password }) },
          }),
        ),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.users })
      onClose()
    },
  })
  return (
    <SheetForm
      submit={t('people.addSubmit')}
      isBusy={add.isPending}
      problem={add.error && problemText(add.error, { conflict: t('signUp.taken'), bad_request: t('password.refused') })}
      onSubmit={() => add.mutate()}
      onClose={onClose}
    >
      <Field
        label={t('door.username')}
        name="username"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={username}
        onText={setUsername}
      />
      <PasswordField
        label={t('door.password')}
        hint={t('people.passwordHint')}
        name="password"
        autoComplete="new-password"
        minLength={8}
        value={password}
        onText={setPassword}
      />
      <RoleField value={role} onChoose={setRole} />
    </SheetForm>
  )
}

/** Role, e-mail and room of an account. */
export function EditSheet({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [role, setRole] = useState(account.role)
  const [email, setEmail] = useState(account.email ?? '')
  const [room, setRoom] = useState(gigabytesOf(account.quota_bytes))
  const quota = bytesOf(room)
  const save = useMutation({
    mutationFn: () =>
      changeAccount(account.id, {
        // Only what was changed: what somebody else changed meanwhile stays.
        ...compact({
          role: role === account.role ? undefined : role,
          email: email.trim() === (account.email ?? '') ? undefined : email.trim() || null,
          quota_bytes: quota === account.quota_bytes ? undefined : quota,
        }),
      }),
    onSuccess: async () => {
      await Promise.all([keys.users, keys.me].map((queryKey) => client.invalidateQueries({ queryKey })))
      onClose()
    },
  })
  return (
    <Sheet title={t('people.editOne', { name: account.name })} onClose={onClose}>
      <SheetForm
        submit={t('people.save')}
        isBusy={save.isPending}
        isReady={quota !== undefined}
        problem={
          save.error && problemText(save.error, { conflict: t('people.lastAdmin'), bad_request: t('people.refused') })
        }
        onSubmit={() => save.mutate()}
        onClose={onClose}
      >
        {account.pinned ? (
          <p className="quiet">{t('people.pinnedHint')}</p>
        ) : (
          <RoleField value={role} onChoose={setRole} />
        )}
        <Field label={t('people.email')} type="email" name="email" autoComplete="off" value={email} onText={setEmail} />
        <Field
          label={t('people.quota')}
          hint={t('people.quotaHint')}
          unit="GB"
          name="quota"
          inputMode="decimal"
          autoComplete="off"
          value={room}
          onText={setRoom}
        />
      </SheetForm>
    </Sheet>
  )
}
