import { useQuery } from '@tanstack/react-query'
import { History, LoaderCircle, Undo2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Edit } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { FormProblem } from '@/components/fields'
import { Mark, Row } from '@/components/page'
import { Sheet } from '@/components/sheet'
import { albumList } from '@/lib/albums'
import { editList, isOpen, progressOf } from '@/lib/edits'
import { folderList } from '@/lib/folders'
import { formatDay, formatMoment } from '@/lib/format'
import { useEdits } from '@/lib/use-edits'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { wordsOf, type EditWords } from './edit-words'
import './changes.css'

function useWords(): (words: EditWords) => string {
  const { t } = useTranslation()
  const locale = useLocale()
  return (words) => {
    switch (words.key) {
      case 'folder':
      case 'addToAlbum':
      case 'removeFromAlbum':
        return t(`changes.what.${words.key}`, { name: words.name })
      case 'addTags':
      case 'removeTags':
        return t(`changes.what.${words.key}`, { tags: words.tags })
      case 'bothTags':
        return t('changes.what.bothTags', { tags: words.tags, removed: words.removed })
      case 'keepUntil':
        return t('changes.what.keepUntil', { day: formatDay(words.moment, locale) })
      case 'keepLonger':
        return t('changes.what.keepLonger', { count: words.count })
      default:
        return t(`changes.what.${words.key}`)
    }
  }
}

/** What was changed lately on many pictures at once, how far it is, and the way back. */
export default function ChangesSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const edits = useQuery(editList)
  const folders = useQuery(folderList).data
  const albums = useQuery(albumList).data
  const names = useMemo(
    () => ({
      folders: new Map((folders ?? []).map((folder) => [folder.id, folder.name])),
      albums: new Map((albums ?? []).map((album) => [album.id, album.name])),
    }),
    [folders, albums],
  )
  const say = useWords()
  return (
    <Sheet title={t('changes.title')} onClose={onClose}>
      <p className="sheet-lead">{t('changes.lead')}</p>
      {edits.isError && <FormProblem text={problemText(edits.error)} />}
      {edits.data?.length === 0 && <EmptyState icon={History} title={t('changes.none')} />}
      <ul className="rows changes">
        {(edits.data ?? []).map((edit) => (
          <ChangeRow key={edit.id} edit={edit} what={say(wordsOf(edit.changes, names))} />
        ))}
      </ul>
    </Sheet>
  )
}

function ChangeRow({ edit, what }: { edit: Edit; what: string }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { undo } = useEdits()
  const [isBusy, setIsBusy] = useState(false)
  const isUndone = edit.state === 'undone' || edit.state === 'undoing'
  const mayUndo = !isUndone && (edit.done > 0 || edit.state === 'running')
  const pictures = t('changes.pictures', { count: edit.state === 'running' ? edit.total - edit.skipped : edit.done })
  const stops = edit.state === 'running'
  return (
    <Row
      name={what}
      marks={
        edit.state !== 'done' && (
          <Mark tone={edit.state === 'failed' ? 'bad' : isOpen(edit) ? 'accent' : undefined}>
            {t(`changes.state.${edit.state}`)}
          </Mark>
        )
      }
      note={
        <>
          {pictures} · {formatMoment(edit.created_at, locale)}
          {isOpen(edit) && <Progress edit={edit} what={what} />}
          {edit.state === 'failed' && edit.error_text !== null && (
            <span className="changes-why">{edit.error_text}</span>
          )}
        </>
      }
      actions={
        mayUndo && (
          <button
            type="button"
            className="btn small"
            aria-label={t(stops ? 'changes.stopOne' : 'changes.undoOne', { what })}
            aria-disabled={isBusy}
            onClick={() => {
              if (isBusy) return
              setIsBusy(true)
              void undo([edit.id]).finally(() => setIsBusy(false))
            }}
          >
            {isBusy ? <LoaderCircle size={15} className="spinner" aria-hidden /> : <Undo2 size={15} aria-hidden />}
            {t(stops ? 'edits.stop' : 'edits.undo')}
          </button>
        )
      }
    />
  )
}

function Progress({ edit, what }: { edit: Edit; what: string }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { done, total } = progressOf([edit])
  const number = new Intl.NumberFormat(locale)
  return (
    <span className="changes-progress">
      <progress aria-label={what} value={done} max={Math.max(1, total)} />
      <span>{t('changes.progress', { done: number.format(done), total: number.format(total) })}</span>
    </span>
  )
}
