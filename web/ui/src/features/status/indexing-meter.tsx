import { useTranslation } from 'react-i18next'
import { useCondition } from './use-condition'
import './status.css'

/** How far a batch of new pictures has come on its way to being searchable. */
export function IndexingMeter() {
  const { t } = useTranslation()
  const condition = useCondition()
  if (condition.kind !== 'indexing') return null
  return (
    <div className="meter">
      <span>{t('status.indexing', { count: condition.count })}</span>
      <span className="bar" aria-hidden>
        <i style={{ transform: `scaleX(${condition.part})` }} />
      </span>
    </div>
  )
}
