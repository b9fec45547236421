import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Images, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { refreshLists } from '@/lib/assets'
import { addExamples, EXAMPLE_COUNT } from '@/lib/examples'
import { keys } from '@/lib/query'
import { serverStatus } from '@/lib/status'
import { useProblemText } from '@/lib/use-problem-text'

const TRIES = ['welcome.try1', 'welcome.try2', 'welcome.try3'] as const

/** Puts the example pictures into the library, says how far it is, and then offers searches that find them. */
export function ExamplesButton() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const client = useQueryClient()
  const [added, setAdded] = useState(0)
  const adding = useMutation({
    mutationFn: () => addExamples(t('welcome.folder'), setAdded),
    onSettled: () =>
      Promise.all([refreshLists(client), client.invalidateQueries({ queryKey: keys.folders })]).then(() => undefined),
  })
  if (adding.isSuccess) return <Tries />
  return (
    <div className="examples">
      <button
        type="button"
        className="btn"
        aria-disabled={adding.isPending}
        onClick={() => adding.isPending || adding.mutate()}
      >
        {adding.isPending ? (
          <LoaderCircle size={18} className="spinner" aria-hidden />
        ) : (
          <Images size={18} aria-hidden />
        )}
        {adding.isPending ? t('welcome.adding', { added, count: EXAMPLE_COUNT }) : t('welcome.addExamples')}
      </button>
      {adding.error && <p role="alert">{problemText(adding.error)}</p>}
    </div>
  )
}

function Tries() {
  const { t, i18n } = useTranslation()
  const model = useQuery(serverStatus).data?.model
  // In a language that the model understands.
  const words = i18n.getFixedT(model?.languages.includes(i18n.language) ? i18n.language : 'en')
  const tries = TRIES.map((each) => words(each))
  return (
    <div className="examples" role="status">
      <p>{t('welcome.added')}</p>
      <div className="examples-tries">
        {tries.map((q) => (
          <Link key={q} to="/" search={{ q }} className="chip">
            {q}
          </Link>
        ))}
      </div>
    </div>
  )
}
