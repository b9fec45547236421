import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Folder } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { folderList } from '@/lib/folders'
import { useEdit } from '../use-edit'
import { Fact } from './fact'
import { refreshPlaces } from './queries'
import { Suggest } from './suggest'

type FolderProps = { asset: Asset; mayChange: boolean; onFolder: (asset: Asset) => void }

/** No folder has such an id. */
const NOWHERE = 'nowhere'

/** The folder that a picture is in, and the way into another or a new one. */
export function FolderFact({ asset, mayChange, onFolder }: FolderProps) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const edit = useEdit()
  const [isMoving, setIsMoving] = useState(false)
  const folders = useQuery({ ...folderList, enabled: isMoving }).data
  const { folder } = asset
  if (folder === null && !mayChange) return null
  const move = async (body: { folder: string | null } | { folder_id: string }, path: string | null) => {
    setIsMoving(false)
    await edit(asset.id, { body, show: (shown) => ({ ...shown, folder: path }) })
    refreshPlaces(client, asset.id)
  }
  const options = folders && [
    ...(folder === null ? [] : [{ id: NOWHERE, text: t('details.noFolder') }]),
    ...folders
      .filter((one) => one.may !== 'view' && one.id !== asset.folder_id)
      .map((one) => ({ id: one.id, text: one.path, ...(one.mine ? {} : { note: one.owner.name }) })),
  ]
  return (
    <Fact
      icon={Folder}
      name={t('details.folder')}
      first={
        folder === null ? (
          t('details.noFolder')
        ) : (
          <button type="button" className="details-link" onClick={() => onFolder(asset)}>
            {folder}
          </button>
        )
      }
      second={
        mayChange &&
        (isMoving ? (
          <Suggest
            label={t('details.moveTo')}
            options={options}
            onPick={(id) =>
              void (id === NOWHERE
                ? move({ folder: null }, null)
                : move({ folder_id: id }, options?.find((option) => option.id === id)?.text ?? null))
            }
            onNew={(path) => void move({ folder: path }, path)}
            newText={(path) => t('details.newFolder', { path })}
            onClose={() => setIsMoving(false)}
          />
        ) : (
          <button type="button" data-opens className="details-link" onClick={() => setIsMoving(true)}>
            {t('details.move')}
          </button>
        ))
      }
    />
  )
}
