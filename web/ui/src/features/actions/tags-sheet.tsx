import { useQueries, useQuery } from '@tanstack/react-query'
import { Check, Plus, X } from 'lucide-react'
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Tag, TagSuggestions } from '@/api/types'
import { Field } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { assetById } from '@/lib/assets'
import { keys } from '@/lib/query'
import type { SheetProps } from './sheets'
import { tagsIn, type Target } from './target'

/** Of more pictures than these nobody asks one by one what they carry. */
const LOOKED_AT = 40
/** As many as the server looks at. */
const SUGGESTED_FOR = 500
const SHOWN = 16

/** The tags that are on what was chosen; null where that is not known. */
function useCarried({ items, whole }: Target): readonly string[] | null {
  const looksAt = whole === null && items.length <= LOOKED_AT
  const assets = useQueries({ queries: looksAt ? items.map((item) => assetById(item.id)) : [] })
  if (whole) return whole.tags
  if (!looksAt) return null
  return [...new Set(assets.flatMap((asset) => asset.data?.tags ?? []))].sort((a, b) => a.localeCompare(b))
}

function useOwnTags(): readonly string[] {
  const tags = useQuery({
    queryKey: keys.tags,
    queryFn: ({ signal }): Promise<Tag[]> => unwrap(api.GET('/api/tags', { signal })),
  }).data
  const own = (tags ?? []).filter((tag) => tag.mine)
  return own.toSorted((a, b) => b.count - a.count).map((tag) => tag.name)
}

/** What the model thinks fits; nothing where none answers. */
function useSuggested({ items }: Target): readonly string[] {
  const ids = items.filter((item) => item.mine).map((item) => item.id)
  const found = useQuery({
    queryKey: [...keys.tags, 'suggested', ids],
    queryFn: ({ signal }): Promise<TagSuggestions> =>
      unwrap(api.POST('/api/tag-suggestions', { body: { ids: ids.slice(0, SUGGESTED_FOR), limit: SHOWN }, signal })),
    enabled: ids.length > 0,
    retry: false,
  }).data
  return (found?.items ?? []).map((each) => each.name)
}

/** Which tags come to pictures, and which go. */
export function TagsSheet({ target, count, onChange, onClose }: SheetProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [added, setAdded] = useState<readonly string[]>([])
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const [isBusy, setIsBusy] = useState(false)
  const carried = useCarried(target)
  const own = useOwnTags()
  const suggested = useSuggested(target)
  const words = text.trim().toLowerCase()
  const matches = (name: string) => name.toLowerCase().includes(words)
  const offered = [...new Set([...suggested, ...own])].filter((name) => !added.includes(name) && matches(name))
  const takable = carried ?? own.filter((name) => matches(name) || removed.has(name)).slice(0, SHOWN)

  const put = (names: readonly string[]) => {
    setAdded([...added, ...names])
    setRemoved(new Set([...removed].filter((name) => !names.includes(name))))
    setText('')
  }
  const takeOff = (name: string) => {
    const next = new Set(removed)
    if (!next.delete(name)) next.add(name)
    setRemoved(next)
    setAdded(added.filter((each) => each !== name))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || !(event.key === ',' || (event.key === 'Enter' && words !== ''))) return
    event.preventDefault()
    put(tagsIn(text, added))
  }
  const all = [...added, ...tagsIn(text, added)]
  const submit = async () => {
    setIsBusy(true)
    const isTaken = await onChange(
      { ...(all.length > 0 ? { add_tags: all } : {}), ...(removed.size > 0 ? { remove_tags: [...removed] } : {}) },
      (changed) => t('actions.did.tags', { count: changed }),
    )
    if (isTaken) onClose()
    else setIsBusy(false)
  }
  return (
    <Sheet title={t('actions.tags.title', { count })} onClose={onClose}>
      <SheetForm
        submit={t('actions.tags.submit')}
        isBusy={isBusy}
        isReady={all.length > 0 || removed.size > 0}
        problem={null}
        onSubmit={() => void submit()}
        onClose={onClose}
      >
        <Field
          label={t('actions.tags.add')}
          hint={t('actions.tags.addHint')}
          autoComplete="off"
          autoFocus
          value={text}
          onText={setText}
          onKeyDown={onKeyDown}
        />
        {added.length > 0 && (
          <Chips title={t('actions.tags.added')}>
            {added.map((name) => (
              <button
                key={name}
                type="button"
                className="chip"
                data-active="true"
                aria-label={t('actions.tags.dont', { name })}
                onClick={() => setAdded(added.filter((each) => each !== name))}
              >
                <span className="chip-text">{name}</span>
                <X size={15} aria-hidden />
              </button>
            ))}
          </Chips>
        )}
        {offered.length > 0 && (
          <Chips title={t('actions.tags.suggested')}>
            {offered.slice(0, SHOWN).map((name) => (
              <button
                key={name}
                type="button"
                className="chip"
                aria-label={t('actions.tags.put', { name })}
                onClick={() => put([name])}
              >
                <Plus size={15} aria-hidden />
                <span className="chip-text">{name}</span>
              </button>
            ))}
          </Chips>
        )}
        {takable.length > 0 && (
          <Chips title={t(carried ? 'actions.tags.onThem' : 'actions.tags.yours')}>
            {takable.map((name) => (
              <button
                key={name}
                type="button"
                className="chip tag-off"
                aria-pressed={removed.has(name)}
                aria-label={t('actions.tags.off', { name })}
                onClick={() => takeOff(name)}
              >
                <span className="chip-text">{name}</span>
                {removed.has(name) ? <Check size={15} aria-hidden /> : <X size={15} aria-hidden />}
              </button>
            ))}
          </Chips>
        )}
      </SheetForm>
    </Sheet>
  )
}

function Chips({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="tag-chips">
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}
