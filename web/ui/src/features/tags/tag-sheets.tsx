import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { codeOf } from '@/api/errors'
import type { Tag } from '@/api/types'
import { Field, SelectField } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { refreshLists } from '@/lib/assets'
import { keys } from '@/lib/query'
import { tagList } from '@/lib/tags'
import { useProblemText } from '@/lib/use-problem-text'
import { COLORS } from './colors'

export type TagAction = 'below' | 'rename' | 'colour' | 'merge' | 'delete'
/** A tag that the server knows by an id: only such a one can be changed. */
export type OwnTag = Tag & { id: string }

export function isOwn(tag: Tag): tag is OwnTag {
  return tag.mine && tag.id !== null
}

/** Does something to tags; the words on pictures are asked for again. */
function useTagChange<R>(change: () => Promise<R>, onDone: (result: R) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (result) => {
      void refreshLists(client)
      void client.invalidateQueries({ queryKey: keys.albums })
      await client.invalidateQueries({ queryKey: keys.tags })
      onDone(result)
    },
  })
}

/** What the server refuses of a name. */
function useTagProblems(): Readonly<Record<string, string>> {
  const { t } = useTranslation()
  return { conflict: t('tags.taken'), bad_request: t('tags.badName') }
}

function ColorField({ value, onChange }: { value: string | null; onChange: (color: string | null) => void }) {
  const { t } = useTranslation()
  // One that was chosen elsewhere is kept.
  const isOther = value !== null && !COLORS.some(([color]) => color === value)
  const choices: [string | null, string][] = [
    [null, t('tags.noColour')],
    ...COLORS.map(([color, name]): [string, string] => [color, t(name)]),
    ...(isOther ? [[value, value] as [string, string]] : []),
  ]
  return (
    <fieldset className="swatches">
      <legend>{t('tags.colour')}</legend>
      {choices.map(([color, name]) => (
        <label key={name} title={name}>
          <input
            type="radio"
            name="colour"
            aria-label={name}
            checked={value === color}
            onChange={() => onChange(color)}
          />
          <span
            className="swatch"
            data-none={color === null}
            style={color === null ? {} : { backgroundColor: color }}
          />
        </label>
      ))}
    </fieldset>
  )
}

/** Makes a tag, below another where one is given. */
export function NewTagSheet({ below, onClose }: { below: Tag | null; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const words = useTagProblems()
  const [name, setName] = useState(below === null ? '' : `${below.name}/`)
  const [color, setColor] = useState<string | null>(null)
  const make = useTagChange(() => unwrap(api.POST('/api/tags', { body: { name: name.trim(), color } })), onClose)
  return (
    <Sheet title={t('tags.new')} onClose={onClose}>
      <SheetForm
        submit={t('tags.make')}
        isBusy={make.isPending}
        isReady={name.trim() !== '' && !name.trim().endsWith('/')}
        problem={make.error && problemText(make.error, words)}
        onSubmit={() => make.mutate()}
        onClose={onClose}
      >
        <Field
          label={t('tags.name')}
          hint={t('tags.nameHint')}
          name="tag"
          autoComplete="off"
          autoFocus
          value={name}
          onText={setName}
        />
        <ColorField value={color} onChange={setColor} />
      </SheetForm>
    </Sheet>
  )
}

type SheetProps = { tag: OwnTag; onClose: () => void }

function patch(tag: OwnTag, body: { name?: string; color?: string | null; merge?: boolean }): Promise<Tag> {
  return unwrap(api.PATCH('/api/tags/{id}', { params: { path: { id: tag.id } }, body }))
}

/** Another name; where it is taken, one tag can be made of both. */
function RenameSheet({ tag, onClose, onMerged }: SheetProps & { onMerged: (into: Tag) => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const words = useTagProblems()
  const [name, setName] = useState(tag.name)
  const [taken, setTaken] = useState<string | null>(null)
  const wanted = name.trim()
  const isMerge = taken === wanted
  const rename = useTagChange(
    () => patch(tag, { name: wanted, merge: isMerge }),
    (now) => (now.id === tag.id ? onClose() : onMerged(now)),
  )
  return (
    <Sheet title={t('tags.renameOne', { name: tag.name })} onClose={onClose}>
      <SheetForm
        submit={t(isMerge ? 'tags.mergeSubmit' : 'tags.renameSubmit')}
        isBusy={rename.isPending}
        isReady={wanted !== ''}
        problem={
          rename.error && (codeOf(rename.error) !== 'conflict' || isMerge) ? problemText(rename.error, words) : null
        }
        onSubmit={() =>
          rename.mutate(undefined, { onError: (error) => codeOf(error) === 'conflict' && setTaken(wanted) })
        }
        onClose={onClose}
      >
        <Field
          label={t('tags.name')}
          hint={t('tags.renameHint')}
          name="tag"
          autoComplete="off"
          autoFocus
          value={name}
          onText={setName}
        />
      </SheetForm>
    </Sheet>
  )
}

function ColorSheet({ tag, onClose }: SheetProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [color, setColor] = useState(tag.color)
  const change = useTagChange(() => patch(tag, { color }), onClose)
  return (
    <Sheet title={t('tags.colourOf', { name: tag.name })} onClose={onClose}>
      <SheetForm
        submit={t('tags.save')}
        isBusy={change.isPending}
        problem={change.error && problemText(change.error)}
        onSubmit={() => change.mutate()}
        onClose={onClose}
      >
        <ColorField value={color} onChange={setColor} />
      </SheetForm>
    </Sheet>
  )
}

function MergeSheet({ tag, onClose, onMerged }: SheetProps & { onMerged: (into: Tag) => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const own = (useQuery(tagList).data ?? []).filter(isOwn)
  const others = own.filter((one) => one.id !== tag.id && !one.name.startsWith(`${tag.name}/`))
  const [into, setInto] = useState('')
  const target = others.find((one) => one.id === into)
  const merge = useTagChange(
    () => unwrap(api.POST('/api/tags/{id}/merge', { params: { path: { id: tag.id } }, body: { into } })),
    onMerged,
  )
  return (
    <Sheet title={t('tags.mergeOne', { name: tag.name })} onClose={onClose}>
      <SheetForm
        submit={t('tags.mergeSubmit')}
        isBusy={merge.isPending}
        isReady={target !== undefined}
        problem={merge.error && problemText(merge.error)}
        onSubmit={() => merge.mutate()}
        onClose={onClose}
      >
        <SelectField
          label={t('tags.into')}
          value={into}
          options={[
            { value: '', text: t('tags.choose') },
            ...others.map(({ id, name }) => ({ value: id, text: name })),
          ]}
          onChoose={setInto}
        />
        {target && <p>{t('tags.mergeLead', { count: tag.count, name: tag.name, into: target.name })}</p>}
      </SheetForm>
    </Sheet>
  )
}

function DeleteSheet({ tag, onClose, onDeleted }: SheetProps & { onDeleted: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const remove = useTagChange(
    () => unwrap(api.DELETE('/api/tags/{id}', { params: { path: { id: tag.id } } })),
    onDeleted,
  )
  return (
    <Sheet title={t('tags.deleteOne', { name: tag.name })} onClose={onClose}>
      <SheetForm
        submit={t('tags.deleteSubmit')}
        isBusy={remove.isPending}
        isDanger
        problem={remove.error && problemText(remove.error)}
        onSubmit={() => remove.mutate()}
        onClose={onClose}
      >
        <p>{t('tags.deleteLead', { count: tag.count })}</p>
      </SheetForm>
    </Sheet>
  )
}

type TagSheetProps = SheetProps & {
  action: TagAction
  /** The tag is gone: deleted, or one with another, which is given. */
  onGone: (into: Tag | null) => void
}

/** The sheet of what is asked for. */
export function TagSheet({ action, tag, onClose, onGone }: TagSheetProps) {
  if (action === 'below') return <NewTagSheet below={tag} onClose={onClose} />
  if (action === 'rename') return <RenameSheet tag={tag} onClose={onClose} onMerged={onGone} />
  if (action === 'colour') return <ColorSheet tag={tag} onClose={onClose} />
  if (action === 'merge') return <MergeSheet tag={tag} onClose={onClose} onMerged={onGone} />
  return <DeleteSheet tag={tag} onClose={onClose} onDeleted={() => onGone(null)} />
}
