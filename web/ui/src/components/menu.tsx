import { Check, type LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { Header, Menu as AriaMenu, MenuItem, MenuSection, Popover, Separator } from 'react-aria-components'

type MenuProps = {
  label: string
  placement?: ComponentProps<typeof Popover>['placement']
  isDark?: boolean
  children: ReactNode
  onAction?: (id: string) => void
}

/** The list that a `MenuTrigger` opens; dark where what is below it always is. */
export function Menu({ label, placement = 'bottom start', isDark = false, children, onAction }: MenuProps) {
  return (
    <Popover className={isDark ? 'popover always-dark' : 'popover'} placement={placement}>
      <AriaMenu className="menu" aria-label={label} {...(onAction ? { onAction: (key) => onAction(String(key)) } : {})}>
        {children}
      </AriaMenu>
    </Popover>
  )
}

type EntryProps = { id: string; icon?: LucideIcon; note?: ReactNode; children: string }

export function MenuEntry({ id, icon: Icon, note, children }: EntryProps) {
  return (
    <MenuItem id={id} className="menu-item" textValue={children}>
      {({ isSelected }) => (
        <>
          {Icon && <Icon size={18} aria-hidden />}
          <span className="menu-text">{children}</span>
          {note !== undefined && <span className="menu-note numeric">{note}</span>}
          {isSelected && <Check size={18} className="menu-check" aria-hidden />}
        </>
      )}
    </MenuItem>
  )
}

/** Entries that belong together, below a title if they have one. */
export function MenuGroup({ title, children }: { title: string | null; children: ReactNode }) {
  if (title === null) return children
  return (
    <MenuSection>
      <Header className="menu-title">{title}</Header>
      {children}
    </MenuSection>
  )
}

type ChoiceProps = { title: string; value: string; onChange: (value: string) => void; children: ReactNode }

/** A group of entries of which exactly one is chosen. */
export function MenuChoice({ title, value, onChange, children }: ChoiceProps) {
  return (
    <MenuSection
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(chosen) => {
        const first = chosen === 'all' ? undefined : [...chosen][0]
        if (first !== undefined) onChange(String(first))
      }}
    >
      <Header className="menu-title">{title}</Header>
      {children}
    </MenuSection>
  )
}

export function MenuLine() {
  return <Separator className="menu-line" />
}
