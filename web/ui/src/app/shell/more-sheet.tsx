import { useTranslation } from 'react-i18next'
import { Sheet } from '@/components/sheet'
import { IndexingMeter } from '@/features/status/indexing-meter'
import { StorageMeter } from '@/features/status/storage-meter'
import { OwnMenu, PlaceLink, type Place } from './navigation'
import './more-sheet.css'

type MoreProps = {
  places: readonly Place[]
  current: Place | null
  onSignOut: () => void
  onClose: () => void
}

/** The places that are no tab of their own on a phone, how things stand, and who is signed in. */
export default function MoreSheet({ places, current, onSignOut, onClose }: MoreProps) {
  const { t } = useTranslation()
  const tiles = (shown: readonly Place[]) => (
    <ul className="tiles">
      {shown.map((place) => (
        <li key={place.name}>
          <PlaceLink place={place} isCurrent={place === current} onGo={onClose} />
        </li>
      ))}
    </ul>
  )
  const own = places.filter((place) => place.group !== 'administration')
  const administration = places.filter((place) => place.group === 'administration')
  return (
    <Sheet title={t('nav.places')} onClose={onClose}>
      <nav className="more" aria-label={t('nav.places')}>
        {own.length > 0 && tiles(own)}
        {administration.length > 0 && (
          <section>
            <h3>{t('nav.administration')}</h3>
            {tiles(administration)}
          </section>
        )}
      </nav>
      <div className="more-foot">
        <IndexingMeter />
        <StorageMeter />
        <OwnMenu placement="top start" onGo={onClose} onSignOut={onSignOut} />
      </div>
    </Sheet>
  )
}
