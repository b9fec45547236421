import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { BookImage, BookPlus, MoreHorizontal, Sparkles, Users } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import type { Album, Asset } from '@/api/types'
import { Cover } from '@/components/cover'
import { EmptyState } from '@/components/empty-state'
import { Menu, MenuEntry, MenuLine } from '@/components/menu'
import { Page } from '@/components/page'
import { albumList } from '@/lib/albums'
import { useMay } from '@/lib/auth'
import { coverList } from '@/lib/covers'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { AlbumSheet, NewAlbumSheet, type AlbumAction } from './album-sheets'
import { albumSpan } from './span'
import './albums.css'

/** From so many albums on a field helps to find one. */
const MANY = 12

type Open = { action: AlbumAction; album: Album } | 'new' | null

/** One's own albums, and those that others share. */
export function AlbumsPage({ onOpen }: { onOpen: (album: Album) => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const may = useMay()
  const albums = useQuery({ ...albumList, staleTime: 0 })
  const [open, setOpen] = useState<Open>(null)
  const [words, setWords] = useState('')
  const all = albums.data ?? []
  const covers = useQuery(coverList(all.flatMap((album) => album.cover ?? []))).data
  const wanted = words.trim().toLocaleLowerCase()
  const shown = all.filter((album) => `${album.name} ${album.description}`.toLocaleLowerCase().includes(wanted))
  const close = () => setOpen(null)
  const shelf = (title: string, own: readonly Album[]) =>
    own.length > 0 && (
      <Shelf
        title={title}
        albums={own}
        covers={covers}
        {...(may.add ? { onAction: (album: Album, action: AlbumAction) => setOpen({ album, action }) } : {})}
      />
    )
  const make = (
    <button type="button" className="btn primary" onClick={() => setOpen('new')}>
      <BookPlus size={18} aria-hidden />
      {t('albums.new')}
    </button>
  )
  return (
    <Page
      title={t('albums.title')}
      lead={t('albums.lead')}
      isWide
      {...(may.add && all.length > 0 ? { actions: make } : {})}
    >
      {albums.error && <p role="alert">{problemText(albums.error)}</p>}
      {albums.isSuccess && all.length === 0 && (
        <EmptyState icon={BookImage} title={t('albums.none')} actions={may.add ? make : undefined}>
          <p>{t(may.add ? 'albums.noneHint' : 'albums.noneShared')}</p>
        </EmptyState>
      )}
      {all.length >= MANY && (
        <div className="field album-find">
          <div className="field-box">
            <input
              type="search"
              aria-label={t('albums.find')}
              placeholder={t('albums.find')}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        </div>
      )}
      {all.length > 0 && shown.length === 0 && <p role="status">{t('albums.noSuch')}</p>}
      {shelf(
        t('albums.own'),
        shown.filter((album) => album.mine),
      )}
      {shelf(
        t('albums.shared'),
        shown.filter((album) => !album.mine),
      )}
      {open === 'new' && <NewAlbumSheet onMade={onOpen} onClose={close} />}
      {open !== null && open !== 'new' && <AlbumSheet {...open} onClose={close} onDeleted={close} />}
    </Page>
  )
}

type ShelfProps = {
  title: string
  albums: readonly Album[]
  covers: ReadonlyMap<string, Asset> | undefined
  onAction?: (album: Album, action: AlbumAction) => void
}

function Shelf({ title, albums, covers, onAction }: ShelfProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  return (
    <section aria-label={title}>
      <h2 className="shelf-title">{title}</h2>
      <ul className="shelf">
        {albums.map((album) => (
          <li key={album.id} className="album-card">
            <Link to="/albums/$id" params={{ id: album.id }} className="album-link">
              <span className="album-cover">
                <Cover asset={album.cover === null ? undefined : covers?.get(album.cover)} />
                {(album.by_rule || album.shares > 0) && (
                  <span className="album-signs">
                    {album.by_rule && <Sparkles size={15} role="img" aria-label={t('albums.isByRule')} />}
                    {album.shares > 0 && <Users size={15} role="img" aria-label={t('albums.isShared')} />}
                  </span>
                )}
              </span>
              <span className="album-name">{album.name}</span>
            </Link>
            <span className="album-note numeric">
              {[
                t('folders.assets', { count: album.count }),
                album.mine ? albumSpan(album, locale) : t('albums.by', { name: album.owner.name }),
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            {onAction && album.mine && <AlbumMenu album={album} onAction={(action) => onAction(album, action)} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What the owner of an album can do with it. */
export function AlbumMenu({ album, onAction }: { album: Album; onAction: (action: AlbumAction) => void }) {
  const { t } = useTranslation()
  const label = t('albums.menu', { name: album.name })
  return (
    <MenuTrigger>
      <Button className="btn icon ghost album-menu" aria-label={label}>
        <MoreHorizontal size={18} aria-hidden />
      </Button>
      <Menu label={label} placement="bottom end" onAction={(id) => onAction(id as AlbumAction)}>
        <MenuEntry id="share">{t('folders.share')}</MenuEntry>
        <MenuEntry id="edit">{t('albums.edit')}</MenuEntry>
        {album.by_rule && <MenuEntry id="rule">{t('albums.changeRule')}</MenuEntry>}
        <MenuLine />
        <MenuEntry id="delete">{t('folders.delete')}</MenuEntry>
      </Menu>
    </MenuTrigger>
  )
}
