import { useQuery, useQueryClient } from '@tanstack/react-query'
import { BookImage, BookPlus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { FormProblem } from '@/components/fields'
import { Sheet } from '@/components/sheet'
import { albumList } from '@/lib/albums'
import { keys } from '@/lib/query'
import { useProblemText } from '@/lib/use-problem-text'
import { Picker, type Choice } from './picker'
import type { SheetProps } from './sheets'

const NEW = 'new'

/** Into which album: one that is put together by hand and open for adding, or a new one. */
export function AlbumSheet({ count, onChange, onClose }: SheetProps) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const albums = useQuery(albumList).data
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const choices = useMemo(
    () =>
      (albums ?? [])
        .filter((album) => !album.by_rule && album.may !== 'view')
        .map((album): Choice => {
          const note = album.mine
            ? t('changes.pictures', { count: album.count })
            : t('actions.move.of', { name: album.owner.name })
          return { id: album.id, icon: BookImage, name: album.name, note }
        }),
    [albums, t],
  )
  const make = (text: string): Choice => ({ id: NEW, icon: BookPlus, name: t('actions.album.new', { name: text }) })
  const pick = async (choice: Choice, text: string) => {
    setIsBusy(true)
    setProblem(null)
    try {
      const isNew = choice.id === NEW
      const album = isNew ? (await unwrap(api.POST('/api/albums', { body: { name: text } }))).id : choice.id
      if (isNew) void client.invalidateQueries({ queryKey: keys.albums })
      const name = isNew ? text : choice.name
      const isTaken = await onChange({ add_to_album: album }, (changed) =>
        t('actions.did.album', { count: changed, name }),
      )
      if (isTaken) onClose()
      else setIsBusy(false)
    } catch (error) {
      setProblem(problemText(error))
      setIsBusy(false)
    }
  }
  return (
    <Sheet title={t('actions.album.title', { count })} onClose={onClose}>
      <Picker
        label={t('actions.album.title', { count })}
        choices={choices}
        make={make}
        isBusy={isBusy}
        onPick={(choice, text) => void pick(choice, text)}
      />
      <FormProblem text={problem} />
    </Sheet>
  )
}
