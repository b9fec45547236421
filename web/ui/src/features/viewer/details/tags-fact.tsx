import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Plus, Tags, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Asset, TagSuggestions } from '@/api/types'
import { mergeAssets } from '@/lib/assets'
import { followEdits } from '@/lib/edits'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { useEdit } from '../use-edit'
import { Fact } from './fact'
import { suggestedTags, tagList } from './queries'
import { Suggest } from './suggest'

type TagsProps = { asset: Asset; mayChange: boolean; onTag: (tag: string) => void }

/** The tags of a picture: each finds its like, and the owner takes off and puts on. */
export function TagsFact({ asset, mayChange, onTag }: TagsProps) {
  const { t } = useTranslation()
  const edit = useEdit()
  const client = useQueryClient()
  const [isAdding, setIsAdding] = useState(false)
  const count = new Intl.NumberFormat(useLocale())
  const all = useQuery({ ...tagList, enabled: isAdding }).data
  if (!mayChange && asset.tags.length === 0) return null
  const change = (next: (tags: string[]) => string[]) =>
    void edit(asset.id, {
      body: (now) => ({ tags: next(now.tags) }),
      show: (shown) => ({ ...shown, tags: next(shown.tags) }),
    }).then(() => {
      for (const queryKey of [keys.tags, keys.tagSuggestions(asset.id)]) void client.invalidateQueries({ queryKey })
    })
  const add = (tag: string) => change((tags) => (tags.includes(tag) ? tags : [...tags, tag]))
  return (
    <Fact
      icon={Tags}
      name={t('details.tags')}
      first={
        <span className="details-row">
          {asset.tags.map((tag) => (
            <span key={tag} className="chip details-chip">
              <button type="button" onClick={() => onTag(tag)}>
                {tag}
              </button>
              {mayChange && (
                <button
                  type="button"
                  aria-label={t('details.removeTag', { tag })}
                  onClick={() => change((tags) => tags.filter((other) => other !== tag))}
                >
                  <X size={14} aria-hidden />
                </button>
              )}
            </span>
          ))}
          {mayChange && !isAdding && (
            <button type="button" data-opens className="chip details-add" onClick={() => setIsAdding(true)}>
              <Plus size={14} aria-hidden />
              {t('details.addTag')}
            </button>
          )}
        </span>
      }
      second={
        mayChange && (
          <>
            {isAdding && (
              <Suggest
                label={t('details.addTag')}
                options={all
                  ?.filter((tag) => !asset.tags.includes(tag.name))
                  .map((tag) => ({ id: tag.name, text: tag.name, note: count.format(tag.count) }))}
                onPick={add}
                onNew={add}
                newText={(words) => t('details.newTag', { tag: words })}
                onClose={() => setIsAdding(false)}
              />
            )}
            <Suggested asset={asset} />
          </>
        )
      }
    />
  )
}

/** Tags of one's own that the picture may want: yes puts one on, no means never again for this picture. */
function Suggested({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const { queryKey, ...query } = suggestedTags(asset.id)
  const found = useQuery({ queryKey, ...query, enabled: asset.index.state === 'done' })
  const judge = useMutation({
    mutationFn: async ({ tag, isRight }: { tag: string; isRight: boolean }) => {
      const body = isRight ? { accept: [asset.id] } : { reject: [asset.id] }
      const judged = await unwrap(api.POST('/api/tags/{id}/verdicts', { params: { path: { id: tag } }, body }))
      if (judged.edit === null) return
      await followEdits([judged.edit], () => undefined)
      mergeAssets(client, [await unwrap(api.GET('/api/assets/{id}', { params: { path: { id: asset.id } } }))])
    },
    onMutate: ({ tag }) => {
      const before = client.getQueryData<TagSuggestions>(queryKey)
      client.setQueryData<TagSuggestions>(
        queryKey,
        (data) => data && { ...data, items: data.items.filter((item) => item.id !== tag) },
      )
      return before
    },
    onError: (error, _verdict, before) => {
      client.setQueryData(queryKey, before)
      showToast(problemText(error))
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.tags }),
  })
  const items = (found.data?.items ?? []).filter((item) => !asset.tags.includes(item.name))
  if (items.length === 0) return null
  return (
    <div className="details-suggested" role="group" aria-label={t('details.suggested')}>
      <span>{t('details.suggested')}</span>
      <span className="details-row">
        {items.map(({ id, name }) => (
          <span key={id} className="chip details-chip" data-suggested>
            <span>{name}</span>
            <button
              type="button"
              aria-label={t('details.acceptTag', { tag: name })}
              onClick={() => judge.mutate({ tag: id, isRight: true })}
            >
              <Check size={15} aria-hidden />
            </button>
            <button
              type="button"
              aria-label={t('details.rejectTag', { tag: name })}
              onClick={() => judge.mutate({ tag: id, isRight: false })}
            >
              <X size={15} aria-hidden />
            </button>
          </span>
        ))}
      </span>
    </div>
  )
}
