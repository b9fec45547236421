import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { Account } from '@/api/types'
import { Field, SelectField } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { refreshLists } from '@/lib/assets'
import { confirming } from '@/lib/confirm'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'

type DeleteProps = { account: Account; others: readonly Account[]; onClose: () => void }

/** Deletes an account, after saying what becomes of its pictures and typing its name. */
export function DeleteSheet({ account, others, onClose }: DeleteProps) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const heirs = others.filter(({ id, role }) => id !== account.id && role !== 'viewer')
  const hasPictures = account.assets > 0
  const [assets, setAssets] = useState<'transfer' | 'trash'>(hasPictures ? 'transfer' : 'trash')
  const [to, setTo] = useState(heirs[0]?.id ?? '')
  const [typed, setTyped] = useState('')
  const remove = useMutation({
    mutationFn: () =>
      confirming(() =>
        unwrap(
          api.DELETE('/api/admin/users/{id}', {
            params: {
              path: { id: account.id },
              query: { assets, ...compact({ to: assets === 'transfer' ? to : undefined }) },
            },
          }),
        ),
      ),
    onSuccess: async ({ transferred, joined, trashed }) => {
      showToast(
        assets === 'transfer'
          ? t('people.transferred', { name: account.name, count: transferred + joined })
          : t('people.trashed', { name: account.name, count: trashed }),
      )
      void refreshLists(client)
      await Promise.all(
        [keys.users, keys.people, keys.folders].map((queryKey) => client.invalidateQueries({ queryKey })),
      )
      onClose()
    },
  })
  return (
    <Sheet title={t('people.deleteOne', { name: account.name })} onClose={onClose}>
      <SheetForm
        submit={t('people.deleteSubmit')}
        isBusy={remove.isPending}
        isReady={typed === account.name && (assets === 'trash' || to !== '')}
        isDanger
        problem={remove.error && problemText(remove.error, { conflict: t('people.lastAdmin') })}
        onSubmit={() => remove.mutate()}
        onClose={onClose}
      >
        <p>{t('people.deleteLead', { count: account.assets })}</p>
        {hasPictures && (
          <SelectField
            label={t('people.assets')}
            hint={t(assets === 'transfer' ? 'people.transferHint' : 'people.trashHint')}
            value={assets}
            options={[
              { value: 'transfer', text: t('people.transfer') },
              { value: 'trash', text: t('people.trash') },
            ]}
            onChoose={setAssets}
          />
        )}
        {assets === 'transfer' && (
          <SelectField
            label={t('people.to')}
            value={to}
            options={heirs.map(({ id, name }) => ({ value: id, text: name }))}
            onChoose={setTo}
          />
        )}
        <Field
          label={t('people.typeName', { name: account.name })}
          name="typed-name"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onText={setTyped}
        />
      </SheetForm>
    </Sheet>
  )
}
