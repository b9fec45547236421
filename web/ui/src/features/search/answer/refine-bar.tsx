import { ThumbsUp, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Refining } from './refining'

/** Begins marking, and says with how many marks the answer was asked for. */
export function RefineChips({ refining }: { refining: Refining }) {
  const { t } = useTranslation()
  const { asked, isMarking, start, cancel, clear } = refining
  return (
    <>
      <button
        type="button"
        className="chip"
        data-active={isMarking}
        aria-pressed={isMarking}
        onClick={isMarking ? cancel : start}
      >
        <ThumbsUp size={15} aria-hidden />
        {t('refine.start')}
      </button>
      {asked > 0 && !isMarking && (
        <button type="button" className="chip" data-active="true" onClick={clear}>
          {t('refine.by', { count: asked })}
          <X size={15} aria-hidden />
          <span className="visually-hidden">{t('refine.clear')}</span>
        </button>
      )}
    </>
  )
}

/** What to do while marking, within reach at the bottom of the screen. */
export function RefineBar({ refining }: { refining: Refining }) {
  const { t } = useTranslation()
  const { marks, isMarking, apply, cancel } = refining
  if (!isMarking) return null
  return (
    <div className="refine-bar" role="region" aria-label={t('refine.start')}>
      <p role="status">{marks.size === 0 ? t('refine.how') : t('refine.marked', { count: marks.size })}</p>
      <button type="button" className="btn" onClick={cancel}>
        {t('sheet.cancel')}
      </button>
      <button type="button" className="btn primary" onClick={apply}>
        {t('refine.apply')}
      </button>
    </div>
  )
}
