import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { SavedSearch } from '@/api/types'
import { filtersOf } from '@/lib/library-filters'
import type { LibrarySearch } from '@/lib/library-search'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { savedNews, savedSearches } from './queries'

/** Asks anew for what is kept, and for whatever suggests it. */
export async function refreshSaved(client: QueryClient): Promise<void> {
  await Promise.all(
    [savedSearches.queryKey, savedNews.queryKey, keys.allSuggestions].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
  )
}

type Body = Pick<SavedSearch, 'name' | 'narrowing' | 'q'>

async function post(client: QueryClient, body: Body): Promise<void> {
  await unwrap(api.POST('/api/saved-searches', { body }))
  await refreshSaved(client)
}

/** Keeps what an address asks for, by a name. */
export function keepSearch(client: QueryClient, name: string, search: LibrarySearch): Promise<void> {
  return post(client, { name, narrowing: filtersOf(search), q: search.q ?? null })
}

/** Forgets a kept search at once, with a way back; it comes back if the server refuses. */
export function useForgetSearch(): (saved: SavedSearch) => void {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const fail = (error: unknown) => showToast(problemText(error))
  return (saved) => {
    const { id, name, narrowing, q } = saved
    client.setQueryData(savedSearches.queryKey, (list) => list?.filter((one) => one.id !== id))
    unwrap(api.DELETE('/api/saved-searches/{id}', { params: { path: { id } } }))
      .then(() =>
        showToast(t('saved.forgotten', { name }), {
          label: t('saved.undo'),
          run: () => void post(client, { name, narrowing, q }).catch(fail),
        }),
      )
      .catch(fail)
      .finally(() => void refreshSaved(client))
  }
}
