import { Check, Copy, MapPin } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { copyText } from './copy-text'
import { Fact } from './fact'

/** Where a picture was taken, to be copied: no map of anybody's is asked. */
export function PlaceFact({ latitude, longitude }: { latitude: number; longitude: number }) {
  const { t } = useTranslation()
  const [isCopied, setIsCopied] = useState<boolean | null>(null)
  const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`
  const Icon = isCopied ? Check : Copy
  return (
    <Fact
      icon={MapPin}
      name={t('details.place')}
      first={
        <span className="details-row">
          {place}
          <button
            type="button"
            className="btn small icon ghost"
            aria-label={t('details.copyPlace')}
            onClick={(event) => void copyText(place, event.currentTarget).then(setIsCopied)}
          >
            <Icon size={16} aria-hidden />
          </button>
        </span>
      }
      second={<span role="status">{isCopied !== null && t(isCopied ? 'field.copied' : 'field.copyFailed')}</span>}
    />
  )
}
