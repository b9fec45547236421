import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { createStore, useStore } from '@/lib/store'
import { useEdit } from '../use-edit'

const MAX_SIGNS = 10_000

/** What was written and is not saved yet, by picture: going on to another picture loses nothing. */
const drafts = createStore<ReadonlyMap<string, string>>(new Map())

function setDraft(id: string, text: string | null): void {
  const next = new Map(drafts.get())
  if (text === null) next.delete(id)
  else next.set(id, text)
  drafts.set(next)
}

/** The words about a picture, written in their place and saved when one goes on. */
export function Description({ asset, mayChange }: { asset: Asset; mayChange: boolean }) {
  const { t } = useTranslation()
  const edit = useEdit()
  const draft = useStore(drafts).get(asset.id)
  const [isFailed, setIsFailed] = useState(false)
  if (!mayChange) return asset.description === '' ? null : <p className="details-text">{asset.description}</p>
  const save = async () => {
    const description = drafts.get().get(asset.id)?.trim()
    if (description === undefined) return
    if (description === asset.description) return setDraft(asset.id, null)
    const isSaved = await edit(asset.id, { body: { description }, show: (shown) => ({ ...shown, description }) })
    setIsFailed(!isSaved)
    // Only what was saved is let go: more may have been written meanwhile.
    if (isSaved && drafts.get().get(asset.id)?.trim() === description) setDraft(asset.id, null)
  }
  return (
    <div className="details-description">
      <textarea
        aria-label={t('details.description')}
        placeholder={t('details.describe')}
        rows={1}
        maxLength={MAX_SIGNS}
        value={draft ?? asset.description}
        onChange={(event) => setDraft(asset.id, event.target.value)}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          // Leaves the field, and the viewer open; what was written is saved.
          event.stopPropagation()
          event.currentTarget.closest<HTMLElement>('[data-focus-home]')?.focus({ preventScroll: true })
        }}
      />
      {isFailed && draft !== undefined && (
        <p role="alert">
          {t('details.unsaved')}
          <button type="button" className="btn small" onClick={() => void save()}>
            {t('viewer.tryAgain')}
          </button>
        </p>
      )}
    </div>
  )
}
