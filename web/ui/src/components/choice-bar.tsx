import { CheckCheck, X, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { clear } from '@/lib/selection'
import { useLocale } from '@/lib/use-locale'
import './choice-bar.css'

type BarProps = {
  /** How many pictures are chosen. */
  count: number
  /** What chooses all of the screen: how many they are, as far as that is known; null where nothing does. */
  all: { total: number | null; choose: () => void } | null
  children: ReactNode
}

/** While pictures are chosen: how many, the way out, and what can be done. At the bottom of phones, else at the top. */
export function ChoiceBar({ count, all, children }: BarProps) {
  const { t } = useTranslation()
  const number = new Intl.NumberFormat(useLocale())
  return (
    <section className="choice-bar" aria-label={t('actions.label')}>
      <div className="choice-count">
        <button
          type="button"
          className="btn icon ghost"
          aria-label={t('actions.clear')}
          data-tip={t('actions.clear')}
          onClick={clear}
        >
          <X size={20} aria-hidden />
        </button>
        <strong role="status" className="numeric">
          {t('actions.chosen', { count, n: number.format(count) })}
        </strong>
        {all && (
          <button type="button" className="btn small ghost choice-all" onClick={all.choose}>
            <CheckCheck size={16} aria-hidden />
            {all.total === null ? t('actions.allMatching') : t('actions.all', { n: number.format(all.total) })}
          </button>
        )}
      </div>
      <div className="choice-actions">{children}</div>
    </section>
  )
}

type ActionProps = {
  icon: LucideIcon
  name: string
  /** Whether its name is always seen: of the few that a place is for. */
  isNamed?: boolean
  onPress: () => void
}

/** One thing that can be done: a sign with its name, below it on phones and as a tip elsewhere. */
export function ChoiceAction({ icon: Icon, name, isNamed = false, onPress }: ActionProps) {
  return (
    <button
      type="button"
      className="choice-action"
      aria-label={name}
      {...(isNamed ? { 'data-named': true } : { 'data-tip': name })}
      onClick={onPress}
    >
      <Icon size={20} aria-hidden />
      <span aria-hidden>{name}</span>
    </button>
  )
}

/** Like `ChoiceAction`, but it opens a menu. */
export function ChoiceMenu(props: Omit<ActionProps, 'onPress'> & { children: ReactNode }) {
  const { icon: Icon, name, isNamed = false, children } = props
  return (
    <MenuTrigger>
      <Button
        className="choice-action"
        aria-label={name}
        {...(isNamed ? { 'data-named': true } : { 'data-tip': name })}
      >
        <Icon size={20} aria-hidden />
        <span aria-hidden>{name}</span>
      </Button>
      {children}
    </MenuTrigger>
  )
}
