import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { PurgePlan } from '@/api/types'
import { Panel, Row } from '@/components/page'
import { CheckField } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { confirming } from '@/lib/confirm'
import { formatBytes, formatDay, formatMoment } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { purgePlan } from './queries'

type Hold = NonNullable<PurgePlan['hold']>

/** What the next purge deletes for good, and whether it waits to be agreed to. */
export function PurgePanel() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const found = useQuery(purgePlan)
  const [isAsking, setIsAsking] = useState(false)
  const plan = found.data
  return (
    <Panel title={t('admin.purge')} lead={t('admin.purge.lead')}>
      {found.error && <p role="alert">{problemText(found.error)}</p>}
      {plan?.hold && <Held hold={plan.hold} onAgree={() => setIsAsking(true)} />}
      {plan && <Due plan={plan} />}
      {isAsking && plan?.hold && <AgreeSheet hold={plan.hold} onClose={() => setIsAsking(false)} />}
    </Panel>
  )
}

function Held({ hold, onAgree }: { hold: Hold; onAgree: () => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  return (
    <div className="notice held" data-tone="warn">
      <TriangleAlert size={18} aria-hidden />
      <div>
        <p>
          <b>{t('admin.hold', { count: hold.due })}</b>
        </p>
        <p>
          {t('admin.hold.why', {
            since: formatMoment(hold.held_at, locale),
            size: formatBytes(hold.due_bytes, locale),
            library: new Intl.NumberFormat(locale).format(hold.library),
          })}
        </p>
        <button type="button" className="btn" onClick={onAgree}>
          {t('admin.hold.agree')}
        </button>
      </div>
    </div>
  )
}

function Due({ plan }: { plan: PurgePlan }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const size = (bytes: number) => formatBytes(bytes, locale)
  return (
    <>
      <p>
        {plan.due === 0 ? t('admin.purge.none') : t('admin.purge.due', { count: plan.due, size: size(plan.due_bytes) })}
      </p>
      {plan.owners.length > 0 && (
        <ul className="rows" aria-label={t('admin.purge.owners')}>
          {plan.owners.map(({ owner, assets, bytes }) => (
            <Row
              key={owner.id}
              sign={<span className="avatar" data-letter={owner.name.slice(0, 1).toUpperCase()} />}
              name={owner.name}
              note={`${t('folders.assets', { count: assets })} · ${size(bytes)}`}
            />
          ))}
        </ul>
      )}
      {plan.soon.length > 0 && (
        <div>
          <h3 className="admin-sub">{t('admin.purge.soon')}</h3>
          <ul className="rows">
            {plan.soon.map(({ day, assets, bytes }) => (
              <Row
                key={day}
                // A day of the calendar, which no zone may move.
                name={formatDay(`${day}T12:00:00`, locale)}
                note={`${t('folders.assets', { count: assets })} · ${size(bytes)}`}
              />
            ))}
          </ul>
        </div>
      )}
    </>
  )
}

/** Says once more what is agreed to, and that nothing brings it back. */
function AgreeSheet({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [isMeant, setIsMeant] = useState(false)
  const agree = useMutation({
    mutationFn: () => confirming(() => unwrap(api.POST('/api/admin/purge/release', { body: { hold: hold.id } }))),
    onSuccess: async () => {
      showToast(t('admin.hold.agreed'))
      await Promise.all([keys.purge, keys.health].map((queryKey) => client.invalidateQueries({ queryKey })))
      onClose()
    },
  })
  const size = formatBytes(hold.due_bytes, locale)
  return (
    <Sheet title={t('admin.hold.title')} onClose={onClose}>
      <SheetForm
        submit={t('admin.hold.submit', { count: hold.due })}
        isBusy={agree.isPending}
        isReady={isMeant}
        isDanger
        problem={agree.error && problemText(agree.error)}
        onSubmit={() => agree.mutate()}
        onClose={onClose}
      >
        <p>{t('admin.hold.what', { count: hold.due, size })}</p>
        <p>{t('admin.hold.otherwise')}</p>
        <CheckField label={t('admin.hold.meant')} checked={isMeant} onCheck={setIsMeant} />
      </SheetForm>
    </Sheet>
  )
}
