import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { folderList } from '@/lib/folders'
import { serverStatus } from '@/lib/status'
import { tagList } from './queries'

const IDEAS = ['idea.1', 'idea.2', 'idea.3', 'idea.4', 'idea.5'] as const

/** A few things to look for, in a language that the model understands. */
export function Ideas({ onPick }: { onPick: (query: string) => void }) {
  const { t, i18n } = useTranslation()
  const model = useQuery(serverStatus).data?.model
  // All chips of the row come at once: none pushes another aside.
  const folders = useQuery(folderList)
  const tags = useQuery(tagList)
  if (!model || !folders.isFetched || !tags.isFetched) return null
  const words = i18n.getFixedT(model.languages.includes(i18n.language) ? i18n.language : 'en')
  return (
    <div className="ideas" role="group" aria-label={t('search.ideas')}>
      <span aria-hidden>{t('search.ideas')}</span>
      {IDEAS.map((idea) => (
        <button key={idea} type="button" className="chip" onClick={() => onPick(words(idea))}>
          {words(idea)}
        </button>
      ))}
    </div>
  )
}
