import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { MoreHorizontal, ScrollText, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { api, unwrap } from '@/api/client'
import type { Account } from '@/api/types'
import { Menu, MenuEntry, MenuLine } from '@/components/menu'
import { Mark, Page, Panel, Row } from '@/components/page'
import { me } from '@/lib/auth'
import { formatBytes, formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { DeleteSheet } from './delete-sheet'
import { InvitesPanel } from './invites-panel'
import { AddSheet, EditSheet } from './person-sheets'
import { changeAccount, userList } from './queries'

type Action = 'edit' | 'end' | 'disable' | 'enable' | 'delete'

/** Who is here, for administrators: their roles and room, and letting people in and out. */
export function PeoplePage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const users = useQuery({ ...userList, staleTime: 0 })
  const self = useQuery(me).data
  const [isAdding, setIsAdding] = useState(false)
  const [open, setOpen] = useState<{ action: 'edit' | 'delete'; account: Account } | null>(null)
  const act = useActions((action, account) => setOpen({ action, account }))
  if (self?.role !== 'admin')
    return (
      <Page title={t('people.title')}>
        <p role="alert">{t('people.notYours')}</p>
      </Page>
    )
  return (
    <Page
      title={t('people.title')}
      lead={t('people.lead')}
      actions={
        <>
          <Link to="/people/activity" className="btn">
            <ScrollText size={18} aria-hidden />
            {t('audit.title')}
          </Link>
          <button type="button" className="btn primary" onClick={() => setIsAdding(true)}>
            <UserPlus size={18} aria-hidden />
            {t('people.add')}
          </button>
        </>
      }
    >
      {users.error && <p role="alert">{problemText(users.error)}</p>}
      <Panel title={t('people.accounts')}>
        <ul className="rows">
          {users.data?.map((account) => (
            <AccountRow
              key={account.id}
              account={account}
              isSelf={account.id === self.id}
              onAction={(action) => act(action, account)}
            />
          ))}
        </ul>
      </Panel>
      <InvitesPanel />
      {isAdding && <AddSheet onClose={() => setIsAdding(false)} />}
      {open?.action === 'edit' && <EditSheet account={open.account} onClose={() => setOpen(null)} />}
      {open?.action === 'delete' && (
        <DeleteSheet account={open.account} others={users.data ?? []} onClose={() => setOpen(null)} />
      )}
    </Page>
  )
}

/** Does what a menu says; what needs more words is left to `ask`. */
function useActions(ask: (action: 'edit' | 'delete', account: Account) => void) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const run = useMutation({
    mutationFn: async ({ action, account }: { action: 'end' | 'disable' | 'enable'; account: Account }) => {
      const { id, name } = account
      if (action === 'end') {
        const { ended } = await unwrap(api.DELETE('/api/admin/users/{id}/sessions', { params: { path: { id } } }))
        return t('sessions.ended', { count: ended })
      }
      await changeAccount(id, { disabled: action === 'disable' })
      return t(action === 'disable' ? 'people.disabledOne' : 'people.enabledOne', { name })
    },
    onSuccess: async (said) => {
      showToast(said)
      await client.invalidateQueries({ queryKey: keys.users })
    },
    onError: (error) => showToast(problemText(error, { conflict: t('people.lastAdmin') })),
  })
  return (action: Action, account: Account) =>
    action === 'edit' || action === 'delete' ? ask(action, account) : run.mutate({ action, account })
}

type RowProps = { account: Account; isSelf: boolean; onAction: (action: Action) => void }

function AccountRow({ account, isSelf, onAction }: RowProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const used = formatBytes(account.used_bytes, locale)
  const room =
    account.quota_bytes === null
      ? t('room.unlimited', { used })
      : t('room.limited', { used, quota: formatBytes(account.quota_bytes, locale) })
  const seen =
    account.last_seen_at === null
      ? t('people.neverSeen')
      : t('people.seen', { when: formatMoment(account.last_seen_at, locale) })
  return (
    <Row
      sign={<span className="avatar" data-letter={account.name.slice(0, 1).toUpperCase()} />}
      name={account.name}
      marks={
        <>
          <Mark tone={account.role === 'admin' ? 'accent' : undefined}>{t(`role.${account.role}`)}</Mark>
          {isSelf && <Mark>{t('account.you')}</Mark>}
          {account.pinned && <Mark>{t('people.pinned')}</Mark>}
          {account.disabled_at !== null && <Mark tone="warn">{t('people.disabled')}</Mark>}
        </>
      }
      note={[t('folders.assets', { count: account.assets }), room, seen].join(' · ')}
      actions={<AccountMenu account={account} isSelf={isSelf} onAction={onAction} />}
    />
  )
}

function AccountMenu({ account, isSelf, onAction }: RowProps) {
  const { t } = useTranslation()
  const label = t('people.menu', { name: account.name })
  const mayLeave = !isSelf && !account.pinned
  return (
    <MenuTrigger>
      <Button className="btn icon ghost" aria-label={label}>
        <MoreHorizontal size={18} aria-hidden />
      </Button>
      <Menu label={label} placement="bottom end" onAction={(id) => onAction(id as Action)}>
        <MenuEntry id="edit">{t('people.edit')}</MenuEntry>
        <MenuEntry id="end">{t('people.endSessions')}</MenuEntry>
        {mayLeave && account.disabled_at === null && <MenuEntry id="disable">{t('people.disable')}</MenuEntry>}
        {mayLeave && account.disabled_at !== null && <MenuEntry id="enable">{t('people.enable')}</MenuEntry>}
        {mayLeave && <MenuLine />}
        {mayLeave && <MenuEntry id="delete">{t('people.delete')}</MenuEntry>}
      </Menu>
    </MenuTrigger>
  )
}
