import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, codeOf } from '@/api/errors'
import type { ModelSet } from '@/api/types'
import { CheckField, Field } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { useProblemText } from '@/lib/use-problem-text'
import { models } from './queries'
import { useModelAction } from './use-model-action'

/** What is asked about before it is done. */
export type Step = 'switch' | 'undo' | 'drop'

/** Begins to make vectors by another model. */
export function FillSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [name, setName] = useState('')
  const [unmeasured, setUnmeasured] = useState(false)
  const fill = useModelAction({ isQuiet: true, onDone: onClose })
  const isUnmeasured = codeOf(fill.error) === 'conflict'
  // Why a model can't be used lies in its files: only the server can say it.
  const said = fill.error instanceof ApiError ? fill.error.problem.detail : ''
  return (
    <Sheet title={t('models.add')} onClose={onClose}>
      <p className="sheet-lead">{t('models.add.lead')}</p>
      <SheetForm
        submit={t('models.add.submit')}
        isBusy={fill.isPending}
        isReady={name.trim() !== ''}
        problem={fill.error && (said || problemText(fill.error))}
        onSubmit={() => fill.mutate({ action: 'fill', name: name.trim(), unmeasured })}
        onClose={onClose}
      >
        <Field
          label={t('models.name')}
          hint={t('models.name.hint')}
          name="model"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={name}
          onText={setName}
        />
        {(isUnmeasured || unmeasured) && (
          <CheckField
            label={t('models.unmeasured')}
            hint={t('models.unmeasured.hint')}
            checked={unmeasured}
            onCheck={setUnmeasured}
          />
        )}
      </SheetForm>
    </Sheet>
  )
}

/** Lets another model answer, after saying what it lacks. */
export function SwitchSheet({ step, set, onClose }: { step: 'switch' | 'undo'; set: ModelSet; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const sets = useQuery(models).data ?? []
  const [anyway, setAnyway] = useState(false)
  const change = useModelAction({ isQuiet: true, onDone: onClose })
  const now = sets.find(({ identity }) => identity === set.identity) ?? set
  const active = sets.find((each) => each.active)
  const lacking = Math.max(0, (active?.vectors ?? 0) - now.vectors)
  const isRefused = codeOf(change.error) === 'conflict'
  return (
    <Sheet title={t('models.switch.title', { name: set.name })} onClose={onClose}>
      <SheetForm
        submit={t('models.switch.submit')}
        isBusy={change.isPending}
        isReady={(lacking === 0 && !isRefused) || anyway}
        problem={change.error && problemText(change.error, { conflict: t('models.switch.lacks') })}
        onSubmit={() => change.mutate({ action: step, name: set.name, anyway })}
        onClose={onClose}
      >
        <p>{t('models.switch.lead', { before: active?.name ?? '', name: set.name })}</p>
        {(lacking > 0 || isRefused) && (
          <CheckField
            label={t('models.anyway')}
            hint={t('models.anyway.hint', { count: Math.max(1, lacking) })}
            checked={anyway}
            onCheck={setAnyway}
          />
        )}
      </SheetForm>
    </Sheet>
  )
}

/** Deletes the vectors of a model, once its name is typed. */
export function DropSheet({ set, onClose }: { set: ModelSet; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [typed, setTyped] = useState('')
  const drop = useModelAction({ isQuiet: true, onDone: onClose })
  return (
    <Sheet title={t('models.drop.title', { name: set.name })} onClose={onClose}>
      <SheetForm
        submit={t('models.drop')}
        isBusy={drop.isPending}
        isReady={typed === set.name}
        isDanger
        problem={drop.error && problemText(drop.error, { conflict: t('models.drop.refused') })}
        onSubmit={() => drop.mutate({ action: 'drop', name: set.name })}
        onClose={onClose}
      >
        <p>{t('models.drop.lead', { count: set.vectors })}</p>
        <Field
          label={t('people.typeName', { name: set.name })}
          name="typed-model"
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
