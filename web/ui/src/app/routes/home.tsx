import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { FolderUp, Images, ImageUp } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { ActionBar } from '@/features/actions/action-bar'
import type { SearchPageProps } from '@/features/search/place'
import { SaveButton } from '@/features/saved/save-button'
import { SearchPage } from '@/features/search/search-page'
import { useUploads } from '@/features/upload/upload-provider'
import { useMay } from '@/lib/auth'
import { folderList, openFolder } from '@/lib/folders'
import { readLibrarySearch, without, type LibrarySearch } from '@/lib/library-search'
import { uploadTarget } from '@/lib/upload-target'
import { filterOf } from '../library-filter'
import { useLastOpened } from '../use-last-opened'

const Viewer = lazy(() => import('@/features/viewer/viewer').then((module) => ({ default: module.Viewer })))

/** The library with the open picture above it, both in the address. */
export function Home() {
  const search = useSearch({ from: '/signed-in/' })
  const navigate = useNavigate()
  const router = useRouter()
  /** Whether going back leads to the grid below the open picture. */
  const openedHere = useRef(false)
  const go = useCallback<SearchPageProps['onSearch']>(
    (next, { replace = false, keepPlace = false }) => {
      openedHere.current = next.photo !== undefined
      void navigate({ to: '/', search: readLibrarySearch(next), replace, resetScroll: !keepPlace })
    },
    [navigate],
  )
  const hrefOf = useCallback((next: LibrarySearch) => router.buildLocation({ to: '/', search: next }).href, [router])
  const close = useCallback(() => {
    if (openedHere.current) router.history.back()
    else void navigate({ to: '/', search: without(search, 'photo'), replace: true, resetScroll: false })
  }, [navigate, router, search])
  const focusOn = useLastOpened(search.photo)
  useUploadTarget(search)
  const may = useMay()
  const scope = useMemo(() => ({ filter: filterOf(search) }), [search])
  return (
    <SearchPage
      search={search}
      onSearch={go}
      boxActions={may.add && <SaveButton search={search} />}
      hrefOf={hrefOf}
      addActions={may.add ? <AddActions withExamples={!isInFolder(search)} /> : null}
      focusOn={focusOn}
    >
      {(library) => (
        <>
          <ActionBar source={library.source} scope={scope} onMoreLikeThis={(like) => go({ like }, {})} />
          {search.photo !== undefined && (
            <Suspense>
              <Viewer
                photo={search.photo}
                sequence={library.source}
                onMove={(photo) =>
                  void navigate({ to: '/', search: { ...search, photo }, replace: true, resetScroll: false })
                }
                onClose={close}
                onMoreLikeThis={(like) => go({ like }, {})}
                onFolder={({ mine, folder, folder_id }) => go(readLibrarySearch(mine ? { folder } : { folder_id }), {})}
                onTag={(tag) => go({ tag }, {})}
                onAlbum={(album) => void navigate({ to: '/albums/$id', params: { id: album } })}
              />
            </Suspense>
          )}
        </>
      )}
    </SearchPage>
  )
}

/** Makes the open folder the place for what is added, as long as it is open and may be added to. */
function useUploadTarget(search: LibrarySearch): void {
  const folders = useQuery(folderList).data
  const open = folders && openFolder(folders, search)
  const target = open && open.may !== 'view' ? open : null
  useEffect(() => {
    uploadTarget.set(target)
    return () => uploadTarget.set(null)
  }, [target])
}

function isInFolder({ folder, folder_id }: LibrarySearch): boolean {
  return folder !== undefined || folder_id !== undefined
}

function AddActions({ withExamples }: { withExamples: boolean }) {
  const { t } = useTranslation()
  const { pickFiles, pickFolder } = useUploads()
  return (
    <>
      <button type="button" className="btn primary" onClick={pickFiles}>
        <ImageUp size={18} aria-hidden />
        {t('upload.files')}
      </button>
      <button type="button" className="btn" onClick={pickFolder}>
        <FolderUp size={18} aria-hidden />
        {t('upload.folder')}
      </button>
      {withExamples && (
        <Link to="/welcome" className="btn">
          <Images size={18} aria-hidden />
          {t('welcome.examples')}
        </Link>
      )}
    </>
  )
}
