import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone, SquareTerminal } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Mark, Panel, Row } from '@/components/page'
import { deviceOf } from '@/lib/device'
import { formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** Where one is signed in, and the way to end that. */
export function SessionsPanel() {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const sessions = useQuery({
    queryKey: keys.sessions,
    queryFn: ({ signal }) => unwrap(api.GET('/api/me/sessions', { signal })),
    staleTime: 0,
  })
  const refresh = () => client.invalidateQueries({ queryKey: keys.sessions })
  const onError = (error: unknown) => showToast(problemText(error))
  const end = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/me/sessions/{id}', { params: { path: { id } } })),
    onSuccess: refresh,
    onError,
  })
  const endOthers = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/me/sessions')),
    onSuccess: async ({ ended }) => {
      showToast(t('sessions.ended', { count: ended }))
      await refresh()
    },
    onError,
  })
  const found = [...(sessions.data ?? [])].sort(
    (a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at),
  )
  return (
    <Panel
      title={t('sessions.title')}
      lead={t('sessions.lead')}
      actions={
        found.length > 1 && (
          <button
            type="button"
            className="btn small"
            aria-disabled={endOthers.isPending}
            onClick={() => endOthers.isPending || endOthers.mutate()}
          >
            {t('sessions.endOthers')}
          </button>
        )
      }
    >
      {sessions.error && <p role="alert">{problemText(sessions.error)}</p>}
      <ul className="rows">
        {found.map((session) => {
          const device = deviceOf(session.user_agent) || t('sessions.unknown')
          const Icon = session.kind === 'token' ? SquareTerminal : MonitorSmartphone
          return (
            <Row
              key={session.id}
              sign={<Icon size={18} />}
              name={device}
              marks={session.current && <Mark tone="accent">{t('sessions.this')}</Mark>}
              note={t('sessions.seen', { when: formatMoment(session.last_seen_at, locale), ip: session.ip })}
              actions={
                !session.current && (
                  <button
                    type="button"
                    className="btn small"
                    aria-label={t('sessions.endOne', { device })}
                    aria-disabled={end.isPending}
                    onClick={() => end.isPending || end.mutate(session.id)}
                  >
                    {t('sessions.end')}
                  </button>
                )
              }
            />
          )
        })}
      </ul>
    </Panel>
  )
}
