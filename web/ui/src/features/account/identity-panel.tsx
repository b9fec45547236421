import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IdCard } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { Panel, Row } from '@/components/page'
import { providerUrl } from '@/lib/auth'
import { askWhoYouAre, confirming } from '@/lib/confirm'
import { formatDay } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** The accounts at the home's identity provider that sign in as this person. */
export function IdentityPanel({ buttonText }: { buttonText: string }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const identities = useQuery({
    queryKey: keys.identities,
    queryFn: ({ signal }) => unwrap(api.GET('/api/me/identities', { signal })),
    staleTime: 0,
  })
  const disconnect = useMutation({
    mutationFn: (id: string) =>
      confirming(() => unwrap(api.DELETE('/api/me/identities/{id}', { params: { path: { id } } }))),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.identities }),
    onError: (error) => showToast(problemText(error, { conflict: t('identity.onlyWay') })),
  })
  // The way there is no request that could be done again: the proof that it takes is asked for before.
  const connect = async () => {
    if (await askWhoYouAre()) location.assign(providerUrl('connect', '/account'))
  }
  return (
    <Panel title={t('identity.title')} lead={t('identity.lead')}>
      {identities.error && <p role="alert">{problemText(identities.error)}</p>}
      <ul className="rows">
        {identities.data?.map((identity) => (
          <Row
            key={identity.id}
            sign={<IdCard size={18} />}
            name={new URL(identity.issuer).host}
            note={t('identity.since', { day: formatDay(identity.created_at, locale) })}
            actions={
              <button
                type="button"
                className="btn small"
                aria-disabled={disconnect.isPending}
                onClick={() => disconnect.isPending || disconnect.mutate(identity.id)}
              >
                {t('identity.disconnect')}
              </button>
            }
          />
        ))}
      </ul>
      {identities.data?.length === 0 && (
        <button type="button" className="btn identity-connect" onClick={() => void connect()}>
          {t('identity.connect', { provider: buttonText })}
        </button>
      )}
    </Panel>
  )
}
