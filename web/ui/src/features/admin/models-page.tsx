import { useQuery } from '@tanstack/react-query'
import { MoreHorizontal, Plus, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import type { ModelSet } from '@/api/types'
import { Menu, MenuEntry, MenuLine } from '@/components/menu'
import { Mark, Panel } from '@/components/page'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { AdminScreen } from './admin-frame'
import { ComparePanel } from './compare-panel'
import { formatSpan } from './durations'
import { DropSheet, FillSheet, SwitchSheet, type Step } from './model-sheets'
import { models } from './queries'
import { useModelAction } from './use-model-action'
import './models.css'

type Open = { step: Step; set: ModelSet } | 'new' | null

/** The models that the library has vectors of: which answers, how full each is, and going from one to another. */
export function ModelsPage() {
  const { t } = useTranslation()
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  return (
    <AdminScreen
      title={t('admin.models')}
      lead={t('admin.models.lead')}
      actions={
        <button type="button" className="btn primary" onClick={() => setOpen('new')}>
          <Plus size={18} aria-hidden />
          {t('models.add')}
        </button>
      }
    >
      {() => (
        <>
          <Sets onStep={(step, set) => setOpen({ step, set })} />
          {open === 'new' && <FillSheet onClose={close} />}
          {open !== null && open !== 'new' && open.step === 'drop' && <DropSheet set={open.set} onClose={close} />}
          {open !== null && open !== 'new' && open.step !== 'drop' && (
            <SwitchSheet step={open.step} set={open.set} onClose={close} />
          )}
        </>
      )}
    </AdminScreen>
  )
}

function Sets({ onStep }: { onStep: (step: Step, set: ModelSet) => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const found = useQuery(models)
  if (found.error && !found.data) return <p role="alert">{problemText(found.error)}</p>
  if (!found.data) return null
  const previous = found.data.find((set) => set.previous)
  return (
    <>
      <Panel
        title={t('models.sets')}
        actions={
          previous && (
            <button type="button" className="btn small" onClick={() => onStep('undo', previous)}>
              <Undo2 size={16} aria-hidden />
              {t('models.undo', { name: previous.name })}
            </button>
          )
        }
      >
        {found.data.length === 0 && <p className="quiet">{t('models.none')}</p>}
        <ul className="model-sets">
          {found.data.map((set) => (
            <SetRow key={set.identity} set={set} onStep={(step) => onStep(step, set)} />
          ))}
        </ul>
      </Panel>
      {found.data.length > 1 && <ComparePanel names={found.data.map(({ name }) => name)} />}
    </>
  )
}

function SetRow({ set, onStep }: { set: ModelSet; onStep: (step: Step) => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const number = new Intl.NumberFormat(locale)
  const part = set.assets === 0 ? 1 : Math.min(1, set.vectors / set.assets)
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: part < 1 ? 1 : 0 })
  const facts = [
    t('models.numbers', { count: set.dimension }),
    set.precision,
    set.failed > 0 && t('models.failed', { count: set.failed }),
    set.waiting > 0 && t('models.waiting', { count: set.waiting }),
    set.waiting > 0 &&
      set.seconds_left !== null &&
      t('admin.pace.left', { span: formatSpan(set.seconds_left, locale) }),
  ].filter((fact) => fact !== false)
  return (
    <li className="model-set">
      <div className="model-head">
        <div className="row-name">
          {set.name}
          {set.active && <Mark tone="accent">{t('models.answers')}</Mark>}
          {set.previous && <Mark>{t('models.before')}</Mark>}
          {!set.active && <Mark>{t(`models.state.${set.state}`)}</Mark>}
        </div>
        {!set.active && set.state !== 'dropping' && <SetMenu set={set} onStep={onStep} />}
      </div>
      <div className="room">
        <progress value={part} max={1} aria-label={t('models.coverage', { name: set.name })} />
        <p>
          {t('models.vectors', {
            vectors: number.format(set.vectors),
            assets: number.format(set.assets),
            percent: percent.format(part),
          })}
        </p>
      </div>
      <p className="row-note">{facts.join(' · ')}</p>
    </li>
  )
}

function SetMenu({ set, onStep }: { set: ModelSet; onStep: (step: Step) => void }) {
  const { t } = useTranslation()
  const act = useModelAction()
  const label = t('models.menu', { name: set.name })
  const run = (id: string) => {
    if (id === 'pause' || id === 'fill') act.mutate({ action: id, name: set.name })
    else onStep(id as Step)
  }
  return (
    <MenuTrigger>
      <Button className="btn icon ghost" aria-label={label}>
        <MoreHorizontal size={18} aria-hidden />
      </Button>
      <Menu label={label} placement="bottom end" onAction={run}>
        <MenuEntry id="switch">{t('models.switch')}</MenuEntry>
        {set.state === 'paused' ? (
          <MenuEntry id="fill">{t('models.fill')}</MenuEntry>
        ) : (
          <MenuEntry id="pause">{t('models.pause')}</MenuEntry>
        )}
        <MenuLine />
        <MenuEntry id="drop">{t('models.drop')}</MenuEntry>
      </Menu>
    </MenuTrigger>
  )
}
