import { useQuery } from '@tanstack/react-query'
import { Folder as FolderSign, FolderPlus, FolderX } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Sheet } from '@/components/sheet'
import { depthIn, folderList } from '@/lib/folders'
import { Picker, type Choice } from './picker'
import type { SheetProps } from './sheets'

const NONE = 'none'
const NEW = 'new'

/** Into which folder: one of one's own, one that is open for adding, a new one, or none. */
export function MoveSheet({ count, onChange, onClose }: SheetProps) {
  const { t } = useTranslation()
  const folders = useQuery(folderList).data
  const [isBusy, setIsBusy] = useState(false)
  const choices = useMemo((): Choice[] => {
    const open = (folders ?? []).filter((folder) => folder.may !== 'view')
    const byId = new Map(open.map((folder) => [folder.id, folder]))
    const rows = open.map((folder): Choice => {
      const above = folder.path.split('/').slice(0, -1).join('/')
      const note = folder.mine ? above : t('actions.move.of', { name: folder.owner.name })
      const depth = depthIn(byId, folder)
      return { id: folder.id, icon: FolderSign, name: folder.name, depth, ...(note === '' ? {} : { note }) }
    })
    return [{ id: NONE, icon: FolderX, name: t('actions.move.noFolder') }, ...rows]
  }, [folders, t])
  const make = (text: string): Choice | null => {
    const path = text.toLowerCase()
    if ((folders ?? []).some((folder) => folder.mine && folder.path.toLowerCase() === path)) return null
    return { id: NEW, icon: FolderPlus, name: t('actions.move.new', { name: text }) }
  }
  const pick = async (choice: Choice, text: string) => {
    setIsBusy(true)
    const name = choice.id === NEW ? text : choice.name
    const isTaken = await onChange(
      choice.id === NEW ? { folder: text } : { folder_id: choice.id === NONE ? null : choice.id },
      (changed) => t(choice.id === NONE ? 'actions.did.noFolder' : 'actions.did.move', { count: changed, name }),
    )
    if (isTaken) onClose()
    else setIsBusy(false)
  }
  return (
    <Sheet title={t('actions.move.title', { count })} onClose={onClose}>
      <Picker
        label={t('actions.move.title', { count })}
        choices={choices}
        make={make}
        isBusy={isBusy}
        onPick={(choice, text) => void pick(choice, text)}
      />
    </Sheet>
  )
}
