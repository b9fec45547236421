import { useQuery } from '@tanstack/react-query'
import { CircleUserRound, LogOut, Monitor, Moon, Sun, Users } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { Menu, MenuChoice, MenuEntry, MenuLine } from '@/components/menu'
import { me } from '@/lib/auth'
import { chooseLanguage, LANGUAGES, type Language } from '@/lib/i18n'
import { chooseTheme, currentTheme, type Theme } from '@/lib/preferences'

const THEMES = [
  ['system', Monitor],
  ['light', Sun],
  ['dark', Moon],
] as const

/** Who is signed in, with the choices of this browser and the way out. */
export function AccountMenu({
  className,
  placement,
  onAccount,
  onPeople,
  onSignOut,
}: {
  className: string
  placement: 'top start' | 'top end'
  onAccount: () => void
  /** Offered to administrators. */
  onPeople: () => void
  onSignOut: () => void
}) {
  const { t, i18n } = useTranslation()
  const person = useQuery(me)
  const [theme, setTheme] = useState(currentTheme)
  const name = person.data?.name ?? ''
  const label = name === '' ? t('account.you') : t('account.menu', { name })
  const actions: Record<string, () => void> = { account: onAccount, people: onPeople, 'sign-out': onSignOut }
  return (
    <MenuTrigger>
      <Button className={className} aria-label={label}>
        <span className="avatar" aria-hidden data-letter={name.slice(0, 1).toUpperCase()} />
        <span className="account-name">{name || t('account.you')}</span>
      </Button>
      <Menu label={label} placement={placement} onAction={(id) => actions[id]?.()}>
        <MenuEntry id="account" icon={CircleUserRound}>
          {t('account.title')}
        </MenuEntry>
        {person.data?.role === 'admin' && (
          <MenuEntry id="people" icon={Users}>
            {t('people.title')}
          </MenuEntry>
        )}
        <MenuLine />
        <MenuChoice
          title={t('account.theme')}
          value={theme}
          onChange={(chosen) => {
            chooseTheme(chosen as Theme)
            setTheme(chosen as Theme)
          }}
        >
          {THEMES.map(([id, icon]) => (
            <MenuEntry key={id} id={id} icon={icon}>
              {t(`account.theme.${id}`)}
            </MenuEntry>
          ))}
        </MenuChoice>
        <MenuLine />
        <MenuChoice
          title={t('account.language')}
          value={i18n.language}
          onChange={(chosen) => void chooseLanguage(chosen as Language)}
        >
          {Object.entries(LANGUAGES).map(([id, own]) => (
            <MenuEntry key={id} id={id}>
              {own}
            </MenuEntry>
          ))}
        </MenuChoice>
        <MenuLine />
        <MenuEntry id="sign-out" icon={LogOut}>
          {t('account.signOut')}
        </MenuEntry>
      </Menu>
    </MenuTrigger>
  )
}
