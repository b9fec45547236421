import { MoreHorizontal } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import type { Tag } from '@/api/types'
import { Menu, MenuEntry, MenuLine } from '@/components/menu'
import type { TagAction } from './tag-sheets'

/** What can be done with a tag of one's own. */
export function TagMenu({ tag, onAction }: { tag: Tag; onAction: (action: TagAction) => void }) {
  const { t } = useTranslation()
  const label = t('tags.menu', { name: tag.name })
  return (
    <MenuTrigger>
      <Button className="btn icon ghost" aria-label={label}>
        <MoreHorizontal size={18} aria-hidden />
      </Button>
      <Menu label={label} placement="bottom end" onAction={(id) => onAction(id as TagAction)}>
        <MenuEntry id="rename">{t('tags.rename')}</MenuEntry>
        <MenuEntry id="colour">{t('tags.changeColour')}</MenuEntry>
        <MenuEntry id="below">{t('tags.newBelow')}</MenuEntry>
        <MenuEntry id="merge">{t('tags.merge')}</MenuEntry>
        <MenuLine />
        <MenuEntry id="delete">{t('tags.delete')}</MenuEntry>
      </Menu>
    </MenuTrigger>
  )
}

/** The colour of a tag; its name stands beside it, so it says nothing by itself. */
export function Dot({ color }: { color: string | null }) {
  return (
    <span className="tag-dot" aria-hidden data-none={color === null} style={color ? { backgroundColor: color } : {}} />
  )
}
