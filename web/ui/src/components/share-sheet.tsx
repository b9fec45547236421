import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle, Users } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Person, Share } from '@/api/types'
import { me } from '@/lib/auth'
import { keys } from '@/lib/query'
import { endShare, peopleList, SHARED_MAY, shareList, shareWith, type Shareable, type SharedMay } from '@/lib/shares'
import { useProblemText } from '@/lib/use-problem-text'
import { FormProblem, SelectField } from './fields'
import { Mark, Row } from './page'
import { Sheet } from './sheet'
import './share-sheet.css'

const EVERYBODY = 'everybody'
/** From so many people on a field helps to find them. */
const MANY = 9

function Initial({ person }: { person: Person | null }) {
  if (person === null) return <Users size={18} aria-hidden />
  return <span className="avatar" aria-hidden data-letter={person.name.slice(0, 1).toUpperCase()} />
}

/** With whom a folder or an album is shared: who is in and what they may do, letting more people in, and ending it. */
export function ShareSheet({ what, lead, onClose }: { what: Shareable; lead: string; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const shares = useQuery(shareList(what))
  const owner = useQuery(me).data
  const refresh = () => {
    const touched = [keys.shares(what.kind, what.id), what.kind === 'folders' ? keys.folders : keys.albums]
    return Promise.all(touched.map((queryKey) => client.invalidateQueries({ queryKey })))
  }
  const end = useMutation({ mutationFn: (share: string) => endShare(what, share), onSettled: refresh })
  const change = useMutation({
    mutationFn: ({ subject, may }: { subject: string | null; may: SharedMay }) => shareWith(what, subject, may),
    onSettled: refresh,
  })
  const problem = end.error ?? change.error ?? shares.error
  return (
    <Sheet title={t('share.title', { name: what.name })} onClose={onClose}>
      <p className="sheet-lead">{lead}</p>
      {shares.data && <ShareForm what={what} shares={shares.data} onShared={refresh} />}
      <FormProblem text={problem && problemText(problem)} />
      <h3 className="share-heading">{t('share.list')}</h3>
      <ul className="rows" aria-label={t('share.list')}>
        {owner && (
          <Row
            sign={<Initial person={owner} />}
            name={t('share.you', { name: owner.name })}
            marks={<Mark>{t('share.owner')}</Mark>}
          />
        )}
        {shares.data?.map((share) => (
          <ShareRow
            key={share.id}
            share={share}
            may={
              change.isPending && change.variables.subject === (share.subject?.id ?? null)
                ? change.variables.may
                : share.may
            }
            isBusy={end.isPending || change.isPending}
            onMay={(may) => change.mutate({ subject: share.subject?.id ?? null, may })}
            onEnd={() => end.mutate(share.id)}
          />
        ))}
      </ul>
      {shares.data?.length === 0 && <p className="quiet">{t('share.none')}</p>}
    </Sheet>
  )
}

type ShareRowProps = {
  share: Share
  may: SharedMay
  isBusy: boolean
  onMay: (may: SharedMay) => void
  onEnd: () => void
}

function ShareRow({ share, may, isBusy, onMay, onEnd }: ShareRowProps) {
  const { t } = useTranslation()
  const name = share.subject?.name ?? t('share.everybody')
  return (
    <Row
      sign={<Initial person={share.subject} />}
      name={name}
      note={may === 'add' ? t('share.may.add.note') : undefined}
      actions={
        <>
          <select
            className="share-may"
            aria-label={t('share.mayOne', { name })}
            value={may}
            onChange={(event) => !isBusy && onMay(event.target.value as SharedMay)}
          >
            {SHARED_MAY.map((value) => (
              <option key={value} value={value}>
                {t(`share.may.${value}`)}
              </option>
            ))}
          </select>
          <button
            type="button"
            className="btn small"
            aria-label={t('share.endOne', { name })}
            aria-disabled={isBusy}
            onClick={() => isBusy || onEnd()}
          >
            {t('share.end')}
          </button>
        </>
      }
    />
  )
}

type ShareFormProps = { what: Shareable; shares: readonly Share[]; onShared: () => Promise<unknown> }

function ShareForm({ what, shares, onShared }: ShareFormProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const people = useQuery(peopleList)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [may, setMay] = useState<SharedMay>('view')
  const isIn = new Set(shares.map((share) => share.subject?.id ?? EVERYBODY))
  const share = useMutation({
    mutationFn: async () => {
      for (const who of chosen) await shareWith(what, who === EVERYBODY ? null : who, may)
    },
    onSuccess: () => setChosen([]),
    onSettled: onShared,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!share.isPending && chosen.length > 0) share.mutate()
  }
  const candidates = (people.data ?? []).filter((person) => !isIn.has(person.id))
  if (people.data && candidates.length === 0 && isIn.has(EVERYBODY)) return null
  return (
    <form className="form" onSubmit={submit}>
      <PeoplePicker people={candidates} hasEverybody={!isIn.has(EVERYBODY)} chosen={chosen} onChoose={setChosen} />
      <SelectField
        label={t('share.may')}
        value={may}
        options={SHARED_MAY.map((value) => ({ value, text: t(`share.may.${value}.long`) }))}
        onChoose={setMay}
      />
      <FormProblem text={(share.error ?? people.error) && problemText(share.error ?? people.error)} />
      <button type="submit" className="btn primary" aria-disabled={share.isPending || chosen.length === 0}>
        {share.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
        {t('share.submit')}
      </button>
    </form>
  )
}

type PickerProps = {
  people: readonly Person[]
  hasEverybody: boolean
  chosen: readonly string[]
  onChoose: (chosen: readonly string[]) => void
}

/** People as chips, of which any number can be chosen; a field finds them where there are many. */
function PeoplePicker({ people, hasEverybody, chosen, onChoose }: PickerProps) {
  const { t } = useTranslation()
  const [words, setWords] = useState('')
  const wanted = words.trim().toLocaleLowerCase()
  const shown = people.filter(
    (person) => chosen.includes(person.id) || person.name.toLocaleLowerCase().includes(wanted),
  )
  const chip = (id: string, name: string, person: Person | null) => (
    <label key={id} className="person-chip">
      <input
        type="checkbox"
        checked={chosen.includes(id)}
        onChange={(event) => onChoose(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
      />
      <Initial person={person} />
      <span>{name}</span>
    </label>
  )
  return (
    <fieldset className="people-picker">
      <legend>{t('share.who')}</legend>
      {people.length >= MANY && (
        <div className="field">
          <div className="field-box">
            <input
              type="search"
              aria-label={t('share.find')}
              placeholder={t('share.find')}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        </div>
      )}
      <div className="people-chips">
        {hasEverybody && chip(EVERYBODY, t('share.everybody'), null)}
        {shown.map((person) => chip(person.id, person.name, person))}
      </div>
    </fieldset>
  )
}
