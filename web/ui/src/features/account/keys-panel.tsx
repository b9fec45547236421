import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Role, Scope } from '@/api/types'
import { CheckField, CopyField, Field, SelectField } from '@/components/fields'
import { Mark, Panel, Row } from '@/components/page'
import { Sheet, SheetForm } from '@/components/sheet'
import { confirming } from '@/lib/confirm'
import { formatDay, formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** What a key of each role may do at most. */
const SCOPES: Record<Role, readonly Scope[]> = {
  viewer: ['search:read', 'asset:read'],
  member: ['search:read', 'asset:read', 'asset:write'],
  admin: ['search:read', 'asset:read', 'asset:write', 'admin'],
}

const LIVES = ['30', '90', '365', '3650'] as const

/** Keys for scripts: what there is, making one, ending one. */
export function KeysPanel({ role }: { role: Role }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [isMaking, setIsMaking] = useState(false)
  const list = useQuery({
    queryKey: keys.apiKeys,
    queryFn: ({ signal }) => unwrap(api.GET('/api/me/keys', { signal })),
    staleTime: 0,
  })
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/me/keys/{id}', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
    onError: (error) => showToast(problemText(error)),
  })
  return (
    <Panel
      title={t('keys.title')}
      lead={t('keys.lead')}
      actions={
        <button type="button" className="btn small" onClick={() => setIsMaking(true)}>
          <Plus size={16} aria-hidden />
          {t('keys.make')}
        </button>
      }
    >
      {list.error && <p role="alert">{problemText(list.error)}</p>}
      {list.data?.length === 0 && <p className="quiet">{t('keys.none')}</p>}
      <ul className="rows">
        {list.data?.map((key) => (
          <Row
            key={key.id}
            sign={<KeyRound size={18} />}
            name={key.name}
            marks={key.scopes.map((scope) => (
              <Mark key={scope}>{t(`scope.${scope}`)}</Mark>
            ))}
            note={[
              t('keys.until', { day: formatDay(key.expires_at, locale) }),
              key.last_used_at === null
                ? t('keys.unused')
                : t('keys.used', { when: formatMoment(key.last_used_at, locale) }),
            ].join(' · ')}
            actions={
              <button
                type="button"
                className="btn small"
                aria-label={t('keys.revokeOne', { name: key.name })}
                aria-disabled={revoke.isPending}
                onClick={() => revoke.isPending || revoke.mutate(key.id)}
              >
                {t('keys.revoke')}
              </button>
            }
          />
        ))}
      </ul>
      {isMaking && <NewKeySheet role={role} onClose={() => setIsMaking(false)} />}
    </Panel>
  )
}

function NewKeySheet({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(['search:read', 'asset:read'])
  const [days, setDays] = useState<(typeof LIVES)[number]>('365')
  const make = useMutation({
    mutationFn: () =>
      confirming(() =>
        unwrap(api.POST('/api/me/keys', { body: { name, scopes: [...scopes], expires_days: Number(days) } })),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  })
  if (make.data)
    return (
      <Sheet title={t('keys.made')} onClose={onClose}>
        <p className="sheet-lead">{t('keys.madeLead')}</p>
        <CopyField label={make.data.name} value={make.data.key} />
        <div className="form-actions">
          <button type="button" className="btn primary" onClick={onClose}>
            {t('sheet.done')}
          </button>
        </div>
      </Sheet>
    )
  return (
    <Sheet title={t('keys.make')} onClose={onClose}>
      <SheetForm
        submit={t('keys.submit')}
        isBusy={make.isPending}
        isReady={scopes.length > 0}
        problem={make.error && problemText(make.error)}
        onSubmit={() => make.mutate()}
        onClose={onClose}
      >
        <Field
          label={t('keys.name')}
          hint={t('keys.nameHint')}
          name="key-name"
          autoComplete="off"
          maxLength={100}
          required
          autoFocus
          value={name}
          onText={setName}
        />
        <fieldset className="scopes">
          <legend>{t('keys.scopes')}</legend>
          {SCOPES[role].map((scope) => (
            <CheckField
              key={scope}
              label={t(`scope.${scope}`)}
              checked={scopes.includes(scope)}
              onCheck={(checked) =>
                setScopes(SCOPES[role].filter((one) => (one === scope ? checked : scopes.includes(one))))
              }
            />
          ))}
        </fieldset>
        <SelectField
          label={t('keys.life')}
          value={days}
          options={LIVES.map((value) => ({ value, text: t(`keys.life.${value}`) }))}
          onChoose={setDays}
        />
      </SheetForm>
    </Sheet>
  )
}
