import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { savedNews } from './queries'

/** A dot behind the place of kept searches while one of them finds something new. */
export function SavedNews() {
  const { t } = useTranslation()
  const count = useQuery(savedNews).data?.filter((one) => one.new > 0).length ?? 0
  if (count === 0) return null
  return (
    <span className="place-dot">
      <span className="visually-hidden">{t('saved.someNew', { count })}</span>
    </span>
  )
}
