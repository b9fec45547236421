import { createLink, Link, useLocation, useNavigate, useSearch, type LinkProps } from '@tanstack/react-router'
import {
  Activity,
  BookImage,
  Boxes,
  Copy,
  Bookmark,
  FolderTree,
  Heart,
  HardDrive,
  HeartPulse,
  Hourglass,
  Images,
  KeyRound,
  ListChecks,
  Menu as MenuSign,
  Tags,
  Trash2,
  Users,
  Wrench,
  type LucideIcon,
} from 'lucide-react'
import { lazy, Suspense, useState, type ComponentProps, type ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { BrandMark } from '@/components/brand'
import { Menu, MenuEntry } from '@/components/menu'
import { AccountMenu } from '@/features/account/account-menu'
import { showChanges } from '@/features/actions/changes-host'
import { showKeys } from '@/features/keys/keys-host'
import { SavedNews } from '@/features/saved/saved-news'
import { IndexingMeter } from '@/features/status/indexing-meter'
import { StorageMeter } from '@/features/status/storage-meter'
import { AddMenu } from '@/features/upload/add-menu'
import { useMay } from '@/lib/auth'
import { readLibrarySearch, type LibrarySearch } from '@/lib/library-search'
import type en from '@/locales/en.json'
import { currentPlace } from './current-place'
import { LeavingBadge } from './leaving-badge'

const MoreSheet = lazy(() => import('./more-sheet'))

/** What belongs together: pictures, their order, what becomes of them, and the house. */
export type PlaceGroup = 'pictures' | 'order' | 'care' | 'administration'

export type Place = {
  to: NonNullable<LinkProps['to']>
  search?: LibrarySearch
  name: keyof typeof en
  icon: LucideIcon
  group: PlaceGroup
  /** Whether it is a tab on phones, where there is room for four; the others are in the sheet. */
  isTab?: true
  /** Who it is for; everybody, where nothing is said. */
  for?: 'add' | 'administer'
  /** What there is to say of it beside its name. */
  badge?: ComponentType
}

/** The places of the application, in their order. A new screen is one line here and one route. */
const PLACES: readonly Place[] = [
  { to: '/', name: 'nav.library', icon: Images, group: 'pictures', isTab: true },
  {
    to: '/',
    search: { q: 'is:favourite' },
    name: 'nav.favourites',
    icon: Heart,
    group: 'pictures',
    for: 'add',
  },
  { to: '/albums', name: 'nav.albums', icon: BookImage, group: 'order', isTab: true },
  { to: '/folders', name: 'nav.folders', icon: FolderTree, group: 'order', isTab: true },
  { to: '/tags', name: 'nav.tags', icon: Tags, group: 'order' },
  { to: '/searches', name: 'saved.title', icon: Bookmark, group: 'order', for: 'add', badge: SavedNews },
  { to: '/leaving', name: 'nav.leaving', icon: Hourglass, group: 'care', for: 'add', badge: LeavingBadge },
  { to: '/duplicates', name: 'nav.duplicates', icon: Copy, group: 'care', for: 'add' },
  { to: '/trash', name: 'nav.trash', icon: Trash2, group: 'care', for: 'add' },
  { to: '/admin/health', name: 'admin.health', icon: HeartPulse, group: 'administration', for: 'administer' },
  { to: '/admin/jobs', name: 'admin.jobs', icon: ListChecks, group: 'administration', for: 'administer' },
  { to: '/admin/storage', name: 'admin.storage', icon: HardDrive, group: 'administration', for: 'administer' },
  { to: '/admin/models', name: 'admin.models', icon: Boxes, group: 'administration', for: 'administer' },
  { to: '/admin/provider', name: 'admin.provider', icon: KeyRound, group: 'administration', for: 'administer' },
  { to: '/people', name: 'people.title', icon: Users, group: 'administration', for: 'administer' },
  { to: '/people/activity', name: 'audit.title', icon: Activity, group: 'administration', for: 'administer' },
]

/** The places that the person may go to, and the one they are at. */
function usePlaces(): { places: readonly Place[]; current: Place | null } {
  const may = useMay()
  const path = useLocation({ select: (location) => location.pathname })
  const search = useSearch({ strict: false, select: (given) => readLibrarySearch(given), structuralSharing: true })
  const places = PLACES.filter((place) => place.for === undefined || may[place.for])
  return { places, current: currentPlace(places, path, search) }
}

type AnchorProps = Omit<ComponentProps<'a'>, 'aria-current'> & { isCurrent: boolean }

/** A link that says itself whether it is where one is: two places of one address differ in what is asked there. */
const PlaceAnchor = createLink(function Anchor({ isCurrent, ...props }: AnchorProps) {
  return <a {...props} aria-current={isCurrent ? 'page' : undefined} />
})

/** The link to a place; in the sheet of phones, `onGo` closes it. */
export function PlaceLink({ place, isCurrent, onGo }: { place: Place; isCurrent: boolean; onGo?: () => void }) {
  const { t } = useTranslation()
  const { icon: Icon, badge: Badge } = place
  return (
    <PlaceAnchor
      to={place.to}
      search={place.search ?? {}}
      className="place"
      title={t(place.name)}
      isCurrent={isCurrent}
      {...(onGo ? { onClick: onGo } : {})}
    >
      <Icon size={20} aria-hidden />
      <span className="place-name">{t(place.name)}</span>
      {Badge && <Badge />}
    </PlaceAnchor>
  )
}

/** Who is signed in, with their choices and the way out. */
export function OwnMenu({
  placement,
  onGo,
  onSignOut,
}: {
  placement: ComponentProps<typeof AccountMenu>['placement']
  onGo?: () => void
  onSignOut: () => void
}) {
  const navigate = useNavigate()
  const go = (to: '/account' | '/people') => {
    onGo?.()
    void navigate({ to })
  }
  const open = (show: () => void) => {
    onGo?.()
    show()
  }
  return (
    <AccountMenu
      className="place account"
      placement={placement}
      onAccount={() => go('/account')}
      onPeople={() => go('/people')}
      onChanges={() => open(showChanges)}
      onKeys={() => open(showKeys)}
      onSignOut={onSignOut}
    />
  )
}

const RAIL_GROUPS = ['pictures', 'order', 'care'] as const

/** Navigation of wide screens, at the side. */
export function Rail({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const { places, current } = usePlaces()
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <Link to="/" search={{}} className="rail-brand">
        <BrandMark />
        <b>Scene-Sense</b>
      </Link>
      {may.add && <AddMenu className="btn primary rail-add" placement="bottom start" />}
      {RAIL_GROUPS.map((group) => (
        <ul key={group} className="places">
          {places
            .filter((place) => place.group === group)
            .map((place) => (
              <li key={place.name}>
                <PlaceLink place={place} isCurrent={place === current} />
              </li>
            ))}
        </ul>
      ))}
      <span className="rail-space" />
      <IndexingMeter />
      <StorageMeter />
      {may.administer && <AdministrationMenu places={places} current={current} />}
      <OwnMenu placement="top start" onSignOut={onSignOut} />
    </nav>
  )
}

/** What administrators look after: rarely needed, so one line of the rail opens it. */
function AdministrationMenu({ places, current }: { places: readonly Place[]; current: Place | null }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const own = places.filter((place) => place.group === 'administration')
  const go = (name: string) => {
    const place = own.find((one) => one.name === name)
    if (place) void navigate({ to: place.to, search: place.search ?? {} })
  }
  return (
    <MenuTrigger>
      <Button className="place" data-current={current?.group === 'administration'}>
        <Wrench size={20} aria-hidden />
        <span className="place-name">{t('nav.administration')}</span>
      </Button>
      <Menu label={t('nav.administration')} placement="top start" onAction={go}>
        {own.map(({ name, icon }) => (
          <MenuEntry key={name} id={name} icon={icon}>
            {t(name)}
          </MenuEntry>
        ))}
      </Menu>
    </MenuTrigger>
  )
}

/** How many tabs stand left of the one that adds. */
const TABS_BEFORE_ADD = 2

/** Navigation of phones, at the bottom, within reach of the thumb. */
export function Tabs({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  const { places, current } = usePlaces()
  const tabs = places.filter((place) => place.isTab)
  const tab = (place: Place) => <PlaceLink key={place.name} place={place} isCurrent={place === current} />
  return (
    <nav className="tabs" aria-label={t('nav.label')}>
      {tabs.slice(0, TABS_BEFORE_ADD).map(tab)}
      {may.add && <AddMenu className="place" placement="top" />}
      {tabs.slice(TABS_BEFORE_ADD).map(tab)}
      <button
        type="button"
        className="place"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        data-current={current?.isTab !== true}
        onClick={() => setOpen(true)}
      >
        <MenuSign size={20} aria-hidden />
        <span className="place-name">{t('nav.more')}</span>
      </button>
      {isOpen && (
        <Suspense>
          <MoreSheet
            places={places.filter((place) => !place.isTab)}
            current={current}
            onSignOut={onSignOut}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </nav>
  )
}
