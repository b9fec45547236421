import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { ModelSet } from '@/api/types'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'

export type ModelAction =
  | { action: 'pause' | 'drop'; name: string }
  | { action: 'fill'; name: string; unmeasured?: boolean }
  | { action: 'switch' | 'undo'; name: string; anyway?: boolean }

/** What is done to a set; the server answers with how all of them are then. */
function run(asked: ModelAction): Promise<ModelSet[]> {
  const { name } = asked
  switch (asked.action) {
    case 'pause':
      return unwrap(api.POST('/api/admin/models/pause', { body: { name } }))
    case 'drop':
      return unwrap(api.DELETE('/api/admin/models/{name}', { params: { path: { name } } }))
    case 'fill':
      return unwrap(api.POST('/api/admin/models/fill', { body: { name, unmeasured: asked.unmeasured ?? false } }))
    case 'switch':
      return unwrap(api.POST('/api/admin/models/switch', { body: { name, anyway: asked.anyway ?? false } }))
    case 'undo':
      return unwrap(api.POST('/api/admin/models/undo', { body: { anyway: asked.anyway ?? false } }))
  }
}

/** Does something to a set of vectors, and says what was done; what went wrong is said unless somebody else does. */
export function useModelAction({ isQuiet = false, onDone }: { isQuiet?: boolean; onDone?: () => void } = {}) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  return useMutation({
    mutationFn: run,
    onSuccess: (sets, { action, name }) => {
      client.setQueryData(keys.models, sets)
      showToast(t(`models.done.${action}`, { name }))
      // Searches are answered by another model from now on.
      if (action === 'switch' || action === 'undo') void client.invalidateQueries({ queryKey: keys.searches })
      void client.invalidateQueries({ queryKey: keys.status })
      onDone?.()
    },
    onError: (error) => {
      if (!isQuiet) showToast(problemText(error))
    },
  })
}
