import { ChevronDown, Hourglass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { isKeep, KEEP_CHOICES, type Keep } from '@/lib/ttl'
import { Menu, MenuChoice, MenuEntry } from './menu'

/** How long pictures are kept; the choices of `KEEP_CHOICES`. */
export function KeepChoices({ value, onChange }: { value: Keep | null; onChange: (keep: Keep) => void }) {
  const { t } = useTranslation()
  return (
    <MenuChoice title={t('keep.title')} value={value ?? ''} onChange={(chosen) => isKeep(chosen) && onChange(chosen)}>
      {KEEP_CHOICES.map((keep) => (
        <MenuEntry key={keep} id={keep}>
          {t(`keep.${keep}`)}
        </MenuEntry>
      ))}
    </MenuChoice>
  )
}

type KeepMenuProps = {
  value: Keep | null
  onChange: (keep: Keep) => void
  text: string
  label: string
  isDark?: boolean
}

/** A button that says how long a picture is kept and opens the choices. */
export function KeepMenu({ value, onChange, text, label, isDark = false }: KeepMenuProps) {
  return (
    <MenuTrigger>
      <Button className="btn small keep-button" aria-label={`${label}: ${text}`}>
        <Hourglass size={15} aria-hidden />
        {text}
        <ChevronDown size={15} aria-hidden />
      </Button>
      <Menu label={label} isDark={isDark}>
        <KeepChoices value={value} onChange={onChange} />
      </Menu>
    </MenuTrigger>
  )
}
