import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import type { Entry } from './entry'

/** Says in words where a file is on its way in, or what became of it. */
export function useWordsOf(): (entry: Entry) => string {
  const { t } = useTranslation()
  const locale = useLocale()
  const problemText = useProblemText()
  return useCallback(
    ({ state, progress, error, restored, begun }: Entry) => {
      if (state === 'rejected' || state === 'failed') return problemText(error)
      if (restored && (state === 'done' || state === 'processing')) return t('upload.state.restored')
      const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(progress)
      if (state === 'uploading' || state === 'paused') return t(`upload.state.${state}`, { percent })
      return state === 'checking' && begun !== null ? t('upload.state.cutOff', { percent }) : t(`upload.state.${state}`)
    },
    [t, locale, problemText],
  )
}
