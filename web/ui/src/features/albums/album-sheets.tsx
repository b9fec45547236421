import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Album } from '@/api/types'
import { Field } from '@/components/fields'
import { ShareSheet } from '@/components/share-sheet'
import { Sheet, SheetForm } from '@/components/sheet'
import { keys } from '@/lib/query'
import { ruleOf, type Rule } from '@/lib/rule-words'
import { useProblemText } from '@/lib/use-problem-text'
import { patchAlbum, useAlbumChange } from './queries'
import { RuleFields } from './rule-fields'

/** As much as the server takes. */
const MAX_NAME = 200
const MAX_DESCRIPTION = 10_000

export type AlbumAction = 'share' | 'edit' | 'rule' | 'delete'

function Words(props: {
  name: string
  description: string
  onName: (name: string) => void
  onDescription: (description: string) => void
}) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <>
      <Field
        label={t('albums.name')}
        name="album"
        autoComplete="off"
        autoFocus
        maxLength={MAX_NAME}
        value={props.name}
        onText={props.onName}
      />
      <div className="field">
        <label htmlFor={id}>{t('albums.description')}</label>
        <div className="field-box">
          <textarea
            id={id}
            rows={3}
            maxLength={MAX_DESCRIPTION}
            value={props.description}
            onChange={(event) => props.onDescription(event.target.value)}
          />
        </div>
      </div>
    </>
  )
}

/** Makes an album, by hand or by rule, and goes on with it. */
export function NewAlbumSheet({ onMade, onClose }: { onMade: (album: Album) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [byRule, setByRule] = useState(false)
  const [rule, setRule] = useState<Rule>({})
  const words = useRuleProblems()
  const make = useAlbumChange(
    () =>
      unwrap(
        api.POST('/api/albums', {
          body: { name: name.trim(), description: description.trim(), ...(byRule ? { rule: asAsked(rule) } : {}) },
        }),
      ),
    onMade,
  )
  return (
    <Sheet title={t('albums.new')} onClose={onClose}>
      <SheetForm
        submit={t('albums.make')}
        isBusy={make.isPending}
        isReady={name.trim() !== '' && (!byRule || Object.keys(rule).length > 0)}
        problem={make.error && problemText(make.error, byRule ? words : {})}
        onSubmit={() => make.mutate(undefined)}
        onClose={onClose}
      >
        <Words name={name} description={description} onName={setName} onDescription={setDescription} />
        <fieldset className="kind-choice">
          <legend>{t('albums.kind')}</legend>
          {[false, true].map((is) => (
            <label key={String(is)}>
              <input type="radio" name="kind" checked={byRule === is} onChange={() => setByRule(is)} />
              <span>
                <b>{t(is ? 'albums.byRule' : 'albums.byHand')}</b>
                <span className="quiet">{t(is ? 'albums.byRuleHint' : 'albums.byHandHint')}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {byRule && <RuleFields rule={rule} onChange={setRule} />}
      </SheetForm>
    </Sheet>
  )
}

/** What is not said takes the server's own word for it. */
function asAsked(rule: Rule): NonNullable<Album['rule']> {
  return rule
}

/** What the server says of a rule that can't be one: the form knows which it was. */
function useRuleProblems(): Readonly<Record<string, string>> {
  const { t } = useTranslation()
  return { bad_request: t('rule.bad'), not_found: t('rule.gone') }
}

type SheetProps = { album: Album; onClose: () => void }

function WordsSheet({ album, onClose }: SheetProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [name, setName] = useState(album.name)
  const [description, setDescription] = useState(album.description)
  const change = useAlbumChange(
    () => patchAlbum(album.id, { name: name.trim(), description: description.trim() }),
    onClose,
  )
  return (
    <Sheet title={t('albums.editOne', { name: album.name })} onClose={onClose}>
      <SheetForm
        submit={t('albums.save')}
        isBusy={change.isPending}
        isReady={name.trim() !== ''}
        problem={change.error && problemText(change.error)}
        onSubmit={() => change.mutate(undefined)}
        onClose={onClose}
      >
        <Words name={name} description={description} onName={setName} onDescription={setDescription} />
      </SheetForm>
    </Sheet>
  )
}

function RuleSheet({ album, onClose }: SheetProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [rule, setRule] = useState<Rule>(() => (album.rule ? ruleOf(album.rule) : {}))
  const words = useRuleProblems()
  const change = useAlbumChange(() => patchAlbum(album.id, { rule: asAsked(rule) }), onClose)
  return (
    <Sheet title={t('albums.ruleOf', { name: album.name })} onClose={onClose}>
      <SheetForm
        submit={t('albums.save')}
        isBusy={change.isPending}
        isReady={Object.keys(rule).length > 0}
        problem={change.error && problemText(change.error, words)}
        onSubmit={() => change.mutate(undefined)}
        onClose={onClose}
      >
        <RuleFields rule={rule} onChange={setRule} />
      </SheetForm>
    </Sheet>
  )
}

function DeleteSheet({ album, onClose, onDeleted }: SheetProps & { onDeleted: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/albums/{id}', { params: { path: { id: album.id } } })),
    onSuccess: () => {
      // The list alone: the album itself would be asked for once more while its page goes.
      client.setQueryData<Album[]>(keys.albums, (all) => all?.filter((one) => one.id !== album.id))
      void client.invalidateQueries({ queryKey: keys.albums, exact: true })
      onDeleted()
    },
  })
  return (
    <Sheet title={t('albums.deleteOne', { name: album.name })} onClose={onClose}>
      <SheetForm
        submit={t('albums.deleteSubmit')}
        isBusy={remove.isPending}
        isDanger
        problem={remove.error && problemText(remove.error)}
        onSubmit={() => remove.mutate()}
        onClose={onClose}
      >
        <p>{t(album.shares > 0 ? 'albums.deleteSharedLead' : 'albums.deleteLead')}</p>
      </SheetForm>
    </Sheet>
  )
}

/** The sheet of what is asked for; nothing while nothing is. */
export function AlbumSheet({
  action,
  album,
  onClose,
  onDeleted,
}: {
  action: AlbumAction
  album: Album
  onClose: () => void
  onDeleted: () => void
}) {
  const { t } = useTranslation()
  if (action === 'edit') return <WordsSheet album={album} onClose={onClose} />
  if (action === 'rule') return <RuleSheet album={album} onClose={onClose} />
  if (action === 'delete') return <DeleteSheet album={album} onClose={onClose} onDeleted={onDeleted} />
  return (
    <ShareSheet
      what={{ kind: 'albums', id: album.id, name: album.name }}
      lead={t('share.lead.album')}
      onClose={onClose}
    />
  )
}
