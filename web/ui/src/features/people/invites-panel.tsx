import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Mail } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Mark, Panel, Row } from '@/components/page'
import { formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** Invitations that nobody has used yet. */
export function InvitesPanel() {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const invites = useQuery({
    queryKey: keys.invites,
    queryFn: ({ signal }) => unwrap(api.GET('/api/admin/invites', { signal })),
    staleTime: 0,
  })
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/admin/invites/{id}', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invites }),
    onError: (error) => showToast(problemText(error)),
  })
  const open = (invites.data ?? []).filter(
    ({ used_at, expires_at }) => used_at === null && Date.parse(expires_at) > invites.dataUpdatedAt,
  )
  if (open.length === 0) return null
  return (
    <Panel title={t('invite.title')}>
      <ul className="rows">
        {open.map((invite) => {
          const name = invite.name || t('invite.nameless')
          return (
            <Row
              key={invite.id}
              sign={<Mail size={18} />}
              name={name}
              marks={<Mark>{t(`role.${invite.role}`)}</Mark>}
              note={t('invite.until', { when: formatMoment(invite.expires_at, locale) })}
              actions={
                <button
                  type="button"
                  className="btn small"
                  aria-label={t('invite.revokeOne', { name })}
                  aria-disabled={revoke.isPending}
                  onClick={() => revoke.isPending || revoke.mutate(invite.id)}
                >
                  {t('invite.revoke')}
                </button>
              }
            />
          )
        })}
      </ul>
    </Panel>
  )
}
