import { Eye } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** Tells everybody that administrators see all pictures here, where the server's owner has set it so. */
export function OpenHouse({ when }: { when: boolean }) {
  const { t } = useTranslation()
  if (!when) return null
  return (
    <p className="notice open-house" data-tone="warn">
      <Eye size={18} aria-hidden />
      {t('openHouse')}
    </p>
  )
}
