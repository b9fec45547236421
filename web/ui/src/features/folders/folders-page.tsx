import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Folder as FolderIcon, FolderPlus, FolderTree, FolderSymlink, MoreHorizontal } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import type { Folder } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Menu, MenuEntry, MenuLine } from '@/components/menu'
import { Mark, Page, Panel, Row } from '@/components/page'
import { useMay } from '@/lib/auth'
import { depthIn, folderList, folderSearch } from '@/lib/folders'
import { useProblemText } from '@/lib/use-problem-text'
import { DeleteSheet, MoveSheet, NameSheet, NewFolderSheet } from './folder-sheets'
import { ShareSheet } from './share-sheet'

type Action = 'share' | 'new' | 'rename' | 'move' | 'delete'
/** What is asked for just now; `folder` is null for a new folder at the top. */
type Open = { action: Action; folder: Folder | null } | null

/** Folders below this lie no further to the right: a phone has no more room. */
const DEEPEST = 5

/** The folders of the person, and those that others share with them. */
export function FoldersPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const may = useMay()
  const folders = useQuery({ ...folderList, staleTime: 0 })
  const [open, setOpen] = useState<Open>(null)
  const all = folders.data ?? []
  const own = all.filter((folder) => folder.mine)
  const owners = [...new Map(all.filter((one) => !one.mine).map((one) => [one.owner.id, one.owner])).values()]
  return (
    <Page
      title={t('folders.title')}
      lead={t('folders.lead')}
      actions={
        may.add && (
          <button type="button" className="btn" onClick={() => setOpen({ action: 'new', folder: null })}>
            <FolderPlus size={18} aria-hidden />
            {t('folders.new')}
          </button>
        )
      }
    >
      {folders.error && <p role="alert">{problemText(folders.error)}</p>}
      {folders.isSuccess && all.length === 0 && (
        <EmptyState icon={FolderTree} title={t('folders.none')}>
          <p>{t('folders.noneHint')}</p>
        </EmptyState>
      )}
      {own.length > 0 && (
        <FolderPanel
          title={t('folders.own')}
          folders={own}
          {...(may.add ? { onAction: (folder: Folder, action: Action) => setOpen({ action, folder }) } : {})}
        />
      )}
      {owners.map((owner) => (
        <FolderPanel
          key={owner.id}
          title={t('folders.of', { name: owner.name })}
          folders={all.filter((folder) => !folder.mine && folder.owner.id === owner.id)}
        />
      ))}
      <OpenSheet open={open} own={own} onClose={() => setOpen(null)} />
    </Page>
  )
}

function OpenSheet({ open, own, onClose }: { open: Open; own: readonly Folder[]; onClose: () => void }) {
  if (open === null) return null
  const { action, folder } = open
  if (action === 'new') return <NewFolderSheet within={folder} onClose={onClose} />
  if (folder === null) return null
  if (action === 'share') return <ShareSheet folder={folder} onClose={onClose} />
  if (action === 'rename') return <NameSheet folder={folder} onClose={onClose} />
  if (action === 'move') return <MoveSheet folder={folder} all={own} onClose={onClose} />
  return <DeleteSheet folder={folder} onClose={onClose} />
}

type FolderPanelProps = {
  title: string
  folders: readonly Folder[]
  onAction?: (folder: Folder, action: Action) => void
}

function FolderPanel({ title, folders, onAction }: FolderPanelProps) {
  const { t } = useTranslation()
  const byId = new Map(folders.map((folder) => [folder.id, folder]))
  return (
    <Panel title={title}>
      <ul className="rows">
        {folders.map((folder) => (
          <Row
            key={folder.id}
            depth={Math.min(depthIn(byId, folder), DEEPEST)}
            sign={folder.mine ? <FolderIcon size={18} /> : <FolderSymlink size={18} />}
            name={
              <Link to="/" search={folderSearch(folder)} className="row-link" aria-label={folder.path}>
                {folder.name}
              </Link>
            }
            marks={
              <>
                {folder.shares > 0 && <Mark tone="accent">{t('folders.shared', { count: folder.shares })}</Mark>}
                {folder.may === 'add' && <Mark tone="accent">{t('folders.mayAdd')}</Mark>}
              </>
            }
            note={t('folders.assets', { count: folder.assets })}
            actions={onAction && <FolderMenu folder={folder} onAction={(action) => onAction(folder, action)} />}
          />
        ))}
      </ul>
    </Panel>
  )
}

function FolderMenu({ folder, onAction }: { folder: Folder; onAction: (action: Action) => void }) {
  const { t } = useTranslation()
  const label = t('folders.menu', { name: folder.path })
  return (
    <MenuTrigger>
      <Button className="btn icon ghost" aria-label={label}>
        <MoreHorizontal size={18} aria-hidden />
      </Button>
      <Menu label={label} placement="bottom end" onAction={(id) => onAction(id as Action)}>
        <MenuEntry id="share">{t('folders.share')}</MenuEntry>
        <MenuEntry id="new">{t('folders.newInside')}</MenuEntry>
        <MenuEntry id="rename">{t('folders.rename')}</MenuEntry>
        <MenuEntry id="move">{t('folders.move')}</MenuEntry>
        <MenuLine />
        <MenuEntry id="delete">{t('folders.delete')}</MenuEntry>
      </Menu>
    </MenuTrigger>
  )
}
