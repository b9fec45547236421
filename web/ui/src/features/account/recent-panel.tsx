import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { History, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { CheckField } from '@/components/fields'
import { Panel, Row } from '@/components/page'
import { formatMoment } from '@/lib/format'
import { forgetRecent, recentSearches, refreshRecent } from '@/lib/recent-searches'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** What one looked for lately: each can be forgotten, and so can all, also for the time to come. */
export function RecentPanel() {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const recent = useQuery(recentSearches)
  const onError = (error: unknown) => showToast(problemText(error))
  const forget = useMutation({ mutationFn: (text: string | null) => forgetRecent(client, text), onError })
  const turn = useMutation({
    mutationFn: async (keeps: boolean) => {
      await unwrap(api.PUT('/api/recent-searches', { body: { keeps } }))
      await refreshRecent(client)
    },
    onError,
  })
  const items = recent.data?.items ?? []
  return (
    <Panel
      title={t('recent.title')}
      lead={t('recent.lead')}
      actions={
        items.length > 0 && (
          <button type="button" className="btn small" onClick={() => forget.mutate(null)}>
            {t('recent.forgetAll')}
          </button>
        )
      }
    >
      {recent.error && <p role="alert">{problemText(recent.error)}</p>}
      {recent.data && (
        <CheckField
          label={t('recent.keeps')}
          hint={t('recent.keepsHint')}
          checked={turn.isPending ? turn.variables : recent.data.keeps}
          onCheck={(keeps) => turn.mutate(keeps)}
        />
      )}
      {recent.data && items.length === 0 && <p className="quiet">{t('recent.none')}</p>}
      <ul className="rows">
        {items.map(({ text, used_at }) => (
          <Row
            key={text}
            sign={<History size={18} />}
            name={<bdi>{text}</bdi>}
            note={formatMoment(used_at, locale)}
            actions={
              <button
                type="button"
                className="btn small icon ghost"
                aria-label={t('recent.forgetOne', { text })}
                onClick={() => forget.mutate(text)}
              >
                <X size={18} aria-hidden />
              </button>
            }
          />
        ))}
      </ul>
    </Panel>
  )
}
