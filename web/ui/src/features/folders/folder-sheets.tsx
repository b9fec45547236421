import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Folder, FolderPatch } from '@/api/types'
import { Field, SelectField } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { refreshLists } from '@/lib/assets'
import { withThoseBelow } from '@/lib/folders'
import { keys } from '@/lib/query'
import { useProblemText } from '@/lib/use-problem-text'

/** Does something to folders; the tree and the pictures' paths are asked for again, and the sheet closes. */
function useChange<T = void>(change: (given: T) => Promise<unknown>, onDone: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      void refreshLists(client)
      await client.invalidateQueries({ queryKey: keys.folders })
      onDone()
    },
  })
}

function patch(folder: Folder, body: FolderPatch): Promise<Folder> {
  return unwrap(api.PATCH('/api/folders/{id}', { params: { path: { id: folder.id } }, body }))
}

/** Makes a folder at the top, or within another. */
export function NewFolderSheet({ within, onClose }: { within: Folder | null; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const words = useFolderProblems()
  const [name, setName] = useState('')
  const path = within === null ? name.trim() : `${within.path}/${name.trim()}`
  const make = useChange(() => unwrap(api.POST('/api/folders', { body: { path } })), onClose)
  return (
    <Sheet title={within === null ? t('folders.new') : t('folders.newIn', { name: within.name })} onClose={onClose}>
      <SheetForm
        submit={t('folders.make')}
        isBusy={make.isPending}
        isReady={name.trim() !== ''}
        problem={make.error && problemText(make.error, words)}
        onSubmit={() => make.mutate()}
        onClose={onClose}
      >
        <Field label={t('folders.name')} name="folder" autoComplete="off" autoFocus value={name} onText={setName} />
      </SheetForm>
    </Sheet>
  )
}

export function NameSheet({ folder, onClose }: { folder: Folder; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const words = useFolderProblems()
  const [name, setName] = useState(folder.name)
  const rename = useChange(() => patch(folder, { name: name.trim() }), onClose)
  return (
    <Sheet title={t('folders.renameOne', { name: folder.name })} onClose={onClose}>
      <SheetForm
        submit={t('folders.renameSubmit')}
        isBusy={rename.isPending}
        isReady={name.trim() !== ''}
        problem={rename.error && problemText(rename.error, words)}
        onSubmit={() => rename.mutate()}
        onClose={onClose}
      >
        <Field label={t('folders.name')} name="folder" autoComplete="off" autoFocus value={name} onText={setName} />
      </SheetForm>
    </Sheet>
  )
}

const TOP = 'top'

export function MoveSheet({ folder, all, onClose }: { folder: Folder; all: readonly Folder[]; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const words = useFolderProblems()
  const [target, setTarget] = useState(folder.parent ?? TOP)
  const below = withThoseBelow(all, folder)
  const move = useChange(() => patch(folder, { parent: target === TOP ? null : target }), onClose)
  const options = [
    { value: TOP, text: t('folders.top') },
    ...all.filter(({ id }) => !below.has(id)).map(({ id, path }) => ({ value: id, text: path })),
  ]
  return (
    <Sheet title={t('folders.moveOne', { name: folder.name })} onClose={onClose}>
      <SheetForm
        submit={t('folders.moveSubmit')}
        isBusy={move.isPending}
        problem={move.error && problemText(move.error, words)}
        onSubmit={() => move.mutate()}
        onClose={onClose}
      >
        <SelectField label={t('folders.target')} value={target} options={options} onChoose={setTarget} />
      </SheetForm>
    </Sheet>
  )
}

/** What the server refuses in one form or another: a name that is taken or can't be one. */
function useFolderProblems(): Readonly<Record<string, string>> {
  const { t } = useTranslation()
  return { conflict: t('folders.taken'), bad_request: t('folders.badName') }
}

export function DeleteSheet({ folder, onClose }: { folder: Folder; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const remove = useChange(
    () => unwrap(api.DELETE('/api/folders/{id}', { params: { path: { id: folder.id } } })),
    onClose,
  )
  return (
    <Sheet title={t('folders.deleteOne', { name: folder.name })} onClose={onClose}>
      <SheetForm
        submit={t('folders.deleteSubmit')}
        isBusy={remove.isPending}
        isDanger
        problem={remove.error && problemText(remove.error)}
        onSubmit={() => remove.mutate()}
        onClose={onClose}
      >
        <p>{t('folders.deleteLead')}</p>
      </SheetForm>
    </Sheet>
  )
}
