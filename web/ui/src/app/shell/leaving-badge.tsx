import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { leavingDays, leavingSum } from '@/lib/leaving'

const SOON_DAYS = 7

/** How many pictures leave within a week; nothing where none does. */
export function LeavingBadge() {
  const { t } = useTranslation()
  const { assets } = leavingSum(useQuery(leavingDays(SOON_DAYS)).data ?? [])
  if (assets === 0) return null
  return (
    <span className="place-count">
      <span aria-hidden>{assets}</span>
      <span className="visually-hidden">{t('nav.leavingSoon', { count: assets })}</span>
    </span>
  )
}
