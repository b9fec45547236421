import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { formatBytes } from '@/lib/format'
import { serverStatus } from '@/lib/status'
import { useLocale } from '@/lib/use-locale'
import './status.css'

/** How full the volume is. */
export function StorageMeter() {
  const { t } = useTranslation()
  const locale = useLocale()
  const volume = useQuery(serverStatus).data?.volume
  if (!volume || volume.state !== 'online') return null
  const used = volume.total_bytes - volume.free_bytes
  const words = t('status.storage', { free: formatBytes(volume.free_bytes, locale) })
  return (
    <div className="meter">
      <span className="bar" aria-hidden>
        <i style={{ transform: `scaleX(${used / Math.max(1, volume.total_bytes)})` }} />
      </span>
      <span>{words}</span>
    </div>
  )
}
