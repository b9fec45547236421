import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Edit, EditChanges } from '@/api/types'
import { dropFromLists } from './assets'
import { beginEdits, beginUndo, followEdits, isOpen, progressOf, refreshAll, sumOf, type Which } from './edits'
import { closeToast, progressToast, showToast } from './toasts'
import { useProblemText } from './use-problem-text'

export type Wish = {
  changes: EditChanges
  which: Which
  /** How many were chosen that are somebody else's, and so are not among `which`. */
  others?: number
  /** What is said when so many are changed. */
  said: (count: number) => string
}

/** Follows edits with a message that says how far they are, with a way to stop; it closes when they are over. */
async function follow(edits: Edit[], words: string, stop: { label: string; run: () => void } | null): Promise<Edit[]> {
  if (!edits.some(isOpen)) return edits
  const toast = showToast(words, stop ?? undefined, progressOf(edits))
  const over = await followEdits(edits, (now) => progressToast(toast, progressOf(now)))
  closeToast(toast)
  return over
}

/**
 * Changes many pictures at once, says what became of it, and offers the way back. `change` resolves with whether the
 * server took it on; what is many goes on after that. What goes wrong is said in a message, not thrown.
 */
export function useEdits(): {
  change: (wish: Wish) => Promise<boolean>
  undo: (ids: readonly string[]) => Promise<void>
} {
  const client = useQueryClient()
  const { t } = useTranslation()
  const problemText = useProblemText()
  return useMemo(() => {
    const undo = async (ids: readonly string[]): Promise<void> => {
      try {
        const begun = await beginUndo(ids)
        const over = await follow(begun, t('edits.undoing', { count: sumOf(begun).done }), null)
        const { undone, kept } = sumOf(over)
        showToast(
          [t('edits.undone', { count: undone }), ...(kept > 0 ? [t('edits.kept', { count: kept })] : [])].join(' '),
        )
      } catch (error) {
        showToast(problemText(error))
      }
      await refreshAll(client)
    }
    const finish = async (begun: Edit[], { others = 0, said }: Wish): Promise<void> => {
      const ids = begun.map((edit) => edit.id)
      const takeBack = { label: t('edits.undo'), run: () => void undo(ids) }
      const words = t('edits.working', { count: sumOf(begun).total })
      const over = await follow(begun, words, { ...takeBack, label: t('edits.stop') })
      // Whoever stopped it is told how the way back goes.
      if (!over.some((edit) => edit.state === 'undone' || edit.state === 'undoing')) tell(over, others, said, takeBack)
      await refreshAll(client)
    }
    const change = async (wish: Wish): Promise<boolean> => {
      const { changes, which } = wish
      if (changes.trash === true && 'ids' in which) for (const id of which.ids) dropFromLists(client, id)
      try {
        void finish(await beginEdits(changes, which), wish)
        return true
      } catch (error) {
        showToast(problemText(error))
        void refreshAll(client)
        return false
      }
    }
    const tell = (over: Edit[], others: number, said: Wish['said'], takeBack: { label: string; run: () => void }) => {
      const { done, skipped } = sumOf(over)
      const failed = over.find((edit) => edit.state === 'failed')
      const words = [said(done)]
      if (others > 0) words.push(t('edits.others', { count: others }))
      if (skipped > 0) words.push(t('edits.skipped', { count: skipped }))
      if (failed) words.push(t('edits.failed', { why: failed.error_text ?? t('error.error') }))
      showToast(words.join(' '), done > 0 ? takeBack : undefined)
    }
    return { change, undo }
  }, [client, t, problemText])
}
