import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle, User, Users } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Folder, Share } from '@/api/types'
import { FormProblem, SelectField } from '@/components/fields'
import { Mark, Row } from '@/components/page'
import { Sheet } from '@/components/sheet'
import { keys } from '@/lib/query'
import { useProblemText } from '@/lib/use-problem-text'

const EVERYBODY = 'everybody'
const MAY = ['view', 'add'] as const

/** With whom a folder is shared: who is in, letting somebody in, and ending it. */
export function ShareSheet({ folder, onClose }: { folder: Folder; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const shares = useQuery({
    queryKey: keys.shares(folder.id),
    queryFn: ({ signal }): Promise<Share[]> =>
      unwrap(api.GET('/api/folders/{id}/shares', { params: { path: { id: folder.id } }, signal })),
    staleTime: 0,
  })
  const refresh = () =>
    Promise.all([keys.shares(folder.id), keys.folders].map((queryKey) => client.invalidateQueries({ queryKey })))
  const end = useMutation({
    mutationFn: (share: string) =>
      unwrap(api.DELETE('/api/folders/{id}/shares/{share}', { params: { path: { id: folder.id, share } } })),
    onSuccess: refresh,
  })
  return (
    <Sheet title={t('share.title', { name: folder.name })} onClose={onClose}>
      <p className="sheet-lead">{t('share.lead')}</p>
      <ShareForm folder={folder} onShared={refresh} />
      <FormProblem text={(end.error ?? shares.error) && problemText(end.error ?? shares.error)} />
      {shares.data?.length === 0 && <p className="quiet">{t('share.none')}</p>}
      <ul className="rows" aria-label={t('share.list')}>
        {shares.data?.map((share) => {
          const name = share.subject?.name ?? t('share.everybody')
          return (
            <Row
              key={share.id}
              sign={share.subject ? <User size={18} /> : <Users size={18} />}
              name={name}
              marks={<Mark>{t(`share.may.${share.may}`)}</Mark>}
              note={share.may === 'add' ? t('share.may.add.note') : undefined}
              actions={
                <button
                  type="button"
                  className="btn small"
                  aria-label={t('share.endOne', { name })}
                  aria-disabled={end.isPending}
                  onClick={() => end.isPending || end.mutate(share.id)}
                >
                  {t('share.end')}
                </button>
              }
            />
          )
        })}
      </ul>
    </Sheet>
  )
}

function ShareForm({ folder, onShared }: { folder: Folder; onShared: () => Promise<unknown> }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const people = useQuery({
    queryKey: keys.people,
    queryFn: ({ signal }) => unwrap(api.GET('/api/people', { signal })),
  })
  const [who, setWho] = useState(EVERYBODY)
  const [may, setMay] = useState<(typeof MAY)[number]>('view')
  const share = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST('/api/folders/{id}/shares', {
          params: { path: { id: folder.id } },
          body: { subject: who === EVERYBODY ? null : who, may },
        }),
      ),
    onSuccess: onShared,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!share.isPending) share.mutate()
  }
  return (
    <form className="form" onSubmit={submit}>
      <SelectField
        label={t('share.who')}
        value={who}
        options={[
          { value: EVERYBODY, text: t('share.everybody') },
          ...(people.data ?? []).map(({ id, name }) => ({ value: id, text: name })),
        ]}
        onChoose={setWho}
      />
      <SelectField
        label={t('share.may')}
        value={may}
        options={MAY.map((value) => ({ value, text: t(`share.may.${value}.long`) }))}
        onChoose={setMay}
      />
      {may === 'add' && <p className="quiet">{t('share.may.add.note')}</p>}
      <FormProblem text={share.error && problemText(share.error)} />
      <button type="submit" className="btn primary" aria-disabled={share.isPending}>
        {share.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
        {t('share.submit')}
      </button>
    </form>
  )
}
