import { useTranslation } from 'react-i18next'
import { formatBytes } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'

const NEARLY_FULL = 0.95

/** How much of their room on the server somebody has used, in words and as a bar where there is a limit. */
export function Room({ used, quota }: { used: number; quota: number | null }) {
  const { t } = useTranslation()
  const locale = useLocale()
  if (quota === null) return <p>{t('room.unlimited', { used: formatBytes(used, locale) })}</p>
  return (
    <div className="room">
      <p>{t('room.limited', { used: formatBytes(used, locale), quota: formatBytes(quota, locale) })}</p>
      <progress
        value={Math.min(used, quota)}
        max={Math.max(quota, 1)}
        aria-label={t('room.label')}
        data-full={used >= quota * NEARLY_FULL}
      />
    </div>
  )
}
