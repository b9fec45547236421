import { Link, useNavigate } from '@tanstack/react-router'
import { FolderTree, Images, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { BrandMark } from '@/components/brand'
import { AccountMenu } from '@/features/account/account-menu'
import { IndexingMeter } from '@/features/status/indexing-meter'
import { StorageMeter } from '@/features/status/storage-meter'
import { AddMenu } from '@/features/upload/add-menu'
import { useMay } from '@/lib/auth'

/** The places of the application, in the order of the rail. A new screen is one line here and one route. */
const PLACES = [
  { to: '/', name: 'nav.library', icon: Images, forThoseWhoAdd: false },
  { to: '/folders', name: 'nav.folders', icon: FolderTree, forThoseWhoAdd: false },
  { to: '/trash', name: 'nav.trash', icon: Trash2, forThoseWhoAdd: true },
] as const

function PlaceLinks() {
  const { t } = useTranslation()
  const may = useMay()
  return PLACES.filter(({ forThoseWhoAdd }) => may.add || !forThoseWhoAdd).map(({ to, name, icon: Icon }) => (
    <Link
      key={to}
      to={to}
      search={{}}
      className="place"
      title={t(name)}
      activeOptions={{ exact: true, includeSearch: false }}
    >
      <Icon size={20} aria-hidden />
      <span className="place-name">{t(name)}</span>
    </Link>
  ))
}

function OwnMenu({ placement, onSignOut }: { placement: 'top start' | 'top end'; onSignOut: () => void }) {
  const navigate = useNavigate()
  return (
    <AccountMenu
      className="place account"
      placement={placement}
      onAccount={() => void navigate({ to: '/account' })}
      onPeople={() => void navigate({ to: '/people' })}
      onSignOut={onSignOut}
    />
  )
}

/** Navigation of wide screens, at the side. */
export function Rail({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <Link to="/" search={{}} className="rail-brand">
        <BrandMark />
        <b>Scene-Sense</b>
      </Link>
      {may.add && <AddMenu className="btn primary rail-add" placement="bottom start" />}
      <PlaceLinks />
      <span className="rail-space" />
      <IndexingMeter />
      <StorageMeter />
      <OwnMenu placement="top start" onSignOut={onSignOut} />
    </nav>
  )
}

/** Navigation of phones, at the bottom, within reach of the thumb. */
export function Tabs({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <nav className="tabs" aria-label={t('nav.label')}>
      <PlaceLinks />
      {may.add && <AddMenu className="place" placement="top" />}
      <OwnMenu placement="top end" onSignOut={onSignOut} />
    </nav>
  )
}
