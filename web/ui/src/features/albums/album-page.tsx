import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, BookImage, ImagePlus, Shuffle, Sparkles, TriangleAlert, UserPlus } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Album } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mark, Page } from '@/components/page'
import { PhotoGrid } from '@/components/photo-grid/photo-grid'
import { folderList } from '@/lib/folders'
import { ruleOf, ruleParts } from '@/lib/rule-words'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { AlbumSheet, type AlbumAction } from './album-sheets'
import { AlbumMenu } from './albums-page'
import { Arrange } from './arrange'
import { Picker } from './picker'
import { albumById } from './queries'
import { albumSpan } from './span'
import { useAlbumPictures, type AlbumPictures } from './use-album'
import './albums.css'

export type AlbumPageProps = {
  id: string
  isArranging: boolean
  onArrange: (isArranging: boolean) => void
  hrefOf: (photo: string) => string
  onOpen: (photo: string) => void
  /** Moves the focus to a picture, each time the object changes. */
  focusOn: { id: string } | null
  onDeleted: () => void
  /** The open picture above the grid, if any. */
  children: (pictures: AlbumPictures) => ReactNode
}

/** One album: what it is, its pictures in their order, and what one may do with it. */
export function AlbumPage(props: AlbumPageProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const album = useQuery({ ...albumById(props.id), staleTime: 0 })
  const pictures = useAlbumPictures(props.id)
  if (!album.data) {
    if (!album.error) return null
    return (
      <EmptyState
        icon={TriangleAlert}
        isPage
        title={t('albums.gone')}
        actions={
          <Link to="/albums" className="btn">
            {t('albums.all')}
          </Link>
        }
      >
        <p role="alert">{problemText(album.error, { not_found: t('albums.goneHint') })}</p>
      </EmptyState>
    )
  }
  return (
    <>
      <Open {...props} album={album.data} pictures={pictures} />
      {props.children(pictures)}
    </>
  )
}

type OpenProps = AlbumPageProps & { album: Album; pictures: AlbumPictures }

function Open(props: OpenProps) {
  const { album, pictures, isArranging, onArrange } = props
  const { t } = useTranslation()
  const [sheet, setSheet] = useState<AlbumAction | 'pick' | null>(null)
  const mayPut = album.may !== 'view' && !album.by_rule
  const mayArrange = album.mine && !album.by_rule && pictures.assets.length > 0
  const arranges = isArranging && mayArrange
  const close = () => setSheet(null)
  return (
    <Page
      title={album.name}
      lead={<AlbumWords album={album} />}
      isWide
      actions={
        !arranges && (
          <>
            <Link to="/albums" className="btn ghost album-back">
              <ArrowLeft size={18} aria-hidden />
              <span>{t('albums.all')}</span>
            </Link>
            {mayPut && (
              <button type="button" className="btn primary" onClick={() => setSheet('pick')}>
                <ImagePlus size={18} aria-hidden />
                {t('albums.add')}
              </button>
            )}
            {mayArrange && (
              <button type="button" className="btn" onClick={() => onArrange(true)}>
                <Shuffle size={18} aria-hidden />
                {t('arrange.title')}
              </button>
            )}
            {album.mine && album.may === 'own' && (
              <>
                <button type="button" className="btn" onClick={() => setSheet('share')}>
                  <UserPlus size={18} aria-hidden />
                  {t('share.submit')}
                </button>
                <AlbumMenu album={album} onAction={setSheet} />
              </>
            )}
          </>
        )
      }
    >
      {arranges ? (
        <Arrange album={album} pictures={pictures} onDone={() => onArrange(false)} />
      ) : (
        <Pictures {...props} onPick={mayPut ? () => setSheet('pick') : null} />
      )}
      {sheet === 'pick' && <Picker album={album} onClose={close} />}
      {sheet !== null && sheet !== 'pick' && (
        <AlbumSheet action={sheet} album={album} onClose={close} onDeleted={props.onDeleted} />
      )}
    </Page>
  )
}

/** What is said of an album: how much and from when, whose it is, its rule and its description. */
function AlbumWords({ album }: { album: Album }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const facts = [t('folders.assets', { count: album.count }), albumSpan(album, locale)]
  return (
    <>
      <span className="album-facts numeric">
        {facts.filter(Boolean).join(' · ')}
        {!album.mine && <Mark tone="accent">{t('albums.by', { name: album.owner.name })}</Mark>}
        {!album.mine && album.may === 'add' && <Mark tone="accent">{t('folders.mayAdd')}</Mark>}
        {album.shares > 0 && <Mark tone="accent">{t('folders.shared', { count: album.shares })}</Mark>}
      </span>
      {album.rule && <RuleWords album={album} />}
      {album.description !== '' && <span className="album-description">{album.description}</span>}
    </>
  )
}

function RuleWords({ album }: { album: Album }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const folders = useQuery(folderList).data ?? []
  const parts = album.rule ? ruleParts(ruleOf(album.rule), folders, locale) : []
  return (
    <span className="album-rule">
      <Sparkles size={16} aria-hidden />
      <span>{t('albums.allThat')}</span>
      {parts.map(({ member, label, value }) => (
        <Mark key={member}>{value === null ? t(label) : `${t(label)}: ${value}`}</Mark>
      ))}
    </span>
  )
}

function Pictures(props: OpenProps & { onPick: (() => void) | null }) {
  const { album, pictures, hrefOf, onOpen, focusOn, onPick } = props
  const { t } = useTranslation()
  const problemText = useProblemText()
  useEffect(() => {
    // What came into an album by rule meanwhile changes its count first.
    if (pictures.isLoading || pictures.hasMore || pictures.assets.length >= album.count) return
    pictures.retry()
    // Once for each count that is heard of: what one does not see of it would be asked for over and over.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [album.count])
  if (pictures.error && pictures.assets.length === 0)
    return (
      <EmptyState
        icon={TriangleAlert}
        title={t('results.failed')}
        actions={
          <button type="button" className="btn" onClick={pictures.retry}>
            {t('results.retry')}
          </button>
        }
      >
        <p role="alert">{problemText(pictures.error)}</p>
      </EmptyState>
    )
  if (pictures.isLoading) return null
  if (pictures.assets.length === 0)
    return (
      <EmptyState
        icon={album.by_rule ? Sparkles : BookImage}
        title={t(album.by_rule ? 'albums.nothingMeets' : 'albums.empty')}
        actions={
          onPick && (
            <button type="button" className="btn primary" onClick={onPick}>
              <ImagePlus size={18} aria-hidden />
              {t('albums.add')}
            </button>
          )
        }
      >
        <p>{t(album.by_rule ? 'albums.nothingMeetsHint' : onPick ? 'albums.emptyHint' : 'albums.emptyShared')}</p>
      </EmptyState>
    )
  return (
    <div className="album-grid">
      <PhotoGrid
        source={pictures.source}
        label={t('albums.grid', { name: album.name })}
        hrefOf={(asset) => hrefOf(asset.id)}
        onOpen={(index) => {
          const asset = pictures.assets[index]
          if (asset) onOpen(asset.id)
        }}
        focusOn={focusOn}
        chooseIn={`album ${album.id}`}
      />
    </div>
  )
}
