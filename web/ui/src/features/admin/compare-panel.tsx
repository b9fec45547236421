import { useMutation } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, mediaUrl, unwrap } from '@/api/client'
import type { Comparison } from '@/api/types'
import { Field, FormProblem, SelectField } from '@/components/fields'
import { Panel } from '@/components/page'
import { useProblemText } from '@/lib/use-problem-text'

const SHOWN = 12

/** What two models find for the same words, side by side, on one's own pictures. */
export function ComparePanel({ names }: { names: readonly string[] }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [one, setOne] = useState(names[0] ?? '')
  const [other, setOther] = useState(names[1] ?? '')
  const [words, setWords] = useState('')
  const compare = useMutation({
    mutationFn: async (asked: { models: [string, string]; query: string }) => {
      const [found] = await unwrap(
        api.POST('/api/admin/models/compare', {
          body: { models: asked.models, queries: [asked.query], limit: SHOWN },
        }),
      )
      return { models: asked.models, found }
    },
  })
  const options = names.map((name) => ({ value: name, text: name }))
  const isReady = words.trim() !== '' && one !== other
  return (
    <Panel title={t('compare.title')} lead={t('compare.lead')}>
      <form
        className="compare-form"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault()
          if (isReady && !compare.isPending) compare.mutate({ models: [one, other], query: words.trim() })
        }}
      >
        <SelectField label={t('compare.one')} value={one} options={options} onChoose={setOne} />
        <SelectField label={t('compare.other')} value={other} options={options} onChoose={setOther} />
        <Field label={t('compare.words')} name="words" type="search" value={words} onText={setWords} />
        <button type="submit" className="btn primary" disabled={!isReady} aria-disabled={compare.isPending}>
          {compare.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
          {t('compare.submit')}
        </button>
      </form>
      <FormProblem text={compare.error && problemText(compare.error)} />
      {compare.data?.found && <Found models={compare.data.models} found={compare.data.found} />}
    </Panel>
  )
}

function Found({ models: [one, other], found }: { models: [string, string]; found: Comparison }) {
  const { t } = useTranslation()
  const both = new Set(found.one.map(({ id }) => id).filter((id) => found.other.some((hit) => hit.id === id)))
  return (
    <>
      <p role="status">{t('compare.shared', { count: found.shared, words: found.query })}</p>
      <div className="compare">
        <Column name={one} hits={found.one} both={both} />
        <Column name={other} hits={found.other} both={both} />
      </div>
    </>
  )
}

type ColumnProps = { name: string; hits: Comparison['one']; both: ReadonlySet<string> }

/** What one model found, best first; what the other one did not find is marked. */
function Column({ name, hits, both }: ColumnProps) {
  const { t } = useTranslation()
  return (
    <section aria-label={t('compare.by', { name })}>
      <h3 className="admin-sub">{name}</h3>
      {hits.length === 0 && <p className="quiet">{t('compare.nothing')}</p>}
      <ol className="compare-hits">
        {hits.map(({ id, asset }) => {
          const isOwn = !both.has(id)
          return (
            <li key={id} data-own={isOwn} style={{ backgroundColor: asset.mean_color }}>
              <img
                src={mediaUrl(asset, 240)}
                alt={isOwn ? t('compare.only', { name: asset.filename }) : asset.filename}
                title={asset.filename}
                loading="lazy"
              />
            </li>
          )
        })}
      </ol>
    </section>
  )
}
