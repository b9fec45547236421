import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Folder as FolderIcon, Tag, X, type LucideIcon } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import type { Folder } from '@/api/types'
import { Menu, MenuEntry } from '@/components/menu'
import { folderList, folderSearch, openFolder } from '@/lib/folders'
import type { LibrarySearch } from '@/lib/library-search'
import { tagList } from './queries'

type ChipProps = {
  icon: LucideIcon
  name: string
  value: string | undefined
  options: { id: string; text: string; count: number }[]
  onChoose: (id: string) => void
  clearLabel: string
  onClear: () => void
}

/** One way to narrow: a menu while it does not narrow, a filled chip with a way to drop it while it does. */
function FilterChip({ icon: Icon, name, value, options, onChoose, clearLabel, onClear }: ChipProps) {
  if (value !== undefined)
    return (
      <button
        type="button"
        className="chip"
        data-active="true"
        aria-label={`${clearLabel}: ${value}`}
        onClick={onClear}
      >
        <Icon size={15} aria-hidden />
        <span className="chip-text">{value}</span>
        <X size={15} aria-hidden />
      </button>
    )
  if (options.length === 0) return null
  return (
    <MenuTrigger>
      <Button className="chip">
        <Icon size={15} aria-hidden />
        {name}
        <ChevronDown size={15} aria-hidden />
      </Button>
      <Menu label={name} onAction={onChoose}>
        {options.map(({ id, text, count }) => (
          <MenuEntry key={id} id={id} note={count}>
            {text}
          </MenuEntry>
        ))}
      </Menu>
    </MenuTrigger>
  )
}

/** Folder and tag, as far as the library has any. */
export function FilterChips({
  search,
  onChange,
}: {
  search: LibrarySearch
  onChange: (search: LibrarySearch) => void
}) {
  const { t } = useTranslation()
  const folders = useQuery(folderList).data
  const tags = useQuery(tagList).data
  if (!folders || !tags) return null
  const open = openFolder(folders, search)
  const nameOf = (folder: Folder) => (folder.mine ? folder.path : `${folder.path} (${folder.owner.name})`)
  const narrow = (id: string) => {
    const folder = folders.find((one) => one.id === id)
    if (folder) onChange({ ...search, ...folderSearch(folder) })
  }
  return (
    <>
      <FilterChip
        icon={FolderIcon}
        name={t('filter.folder')}
        value={open ? nameOf(open) : (search.folder ?? (search.folder_id && t('filter.folderGone')))}
        options={folders.map((folder) => ({ id: folder.id, text: nameOf(folder), count: folder.assets }))}
        onChoose={narrow}
        clearLabel={t('filter.clear')}
        onClear={() => onChange({ ...search, folder: '', folder_id: '' })}
      />
      <FilterChip
        icon={Tag}
        name={t('filter.tag')}
        value={search.tag}
        options={tags.map(({ name, count }) => ({ id: name, text: name, count }))}
        onChoose={(tag) => onChange({ ...search, tag })}
        clearLabel={t('filter.clear')}
        onClear={() => onChange({ ...search, tag: '' })}
      />
    </>
  )
}
