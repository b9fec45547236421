import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { FolderUp, ImageUp } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { SearchPage, type SearchPageProps } from '@/features/search/search-page'
import { useUploads } from '@/features/upload/upload-provider'
import { useMay } from '@/lib/auth'
import { folderList, openFolder } from '@/lib/folders'
import { readLibrarySearch, without, type LibrarySearch } from '@/lib/library-search'
import { uploadTarget } from '@/lib/upload-target'

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
  return (
    <SearchPage
      search={search}
      onSearch={go}
      hrefOf={hrefOf}
      addActions={may.add ? <AddActions /> : null}
      focusOn={focusOn}
    >
      {(library) =>
        search.photo !== undefined && (
          <Suspense>
            <Viewer
              photo={search.photo}
              assets={library.assets}
              onWantMore={library.wantMore}
              onMove={(photo) =>
                void navigate({ to: '/', search: { ...search, photo }, replace: true, resetScroll: false })
              }
              onClose={close}
              onMoreLikeThis={(like) => go({ like }, {})}
              onFolder={({ mine, folder, folder_id }) => go(readLibrarySearch(mine ? { folder } : { folder_id }), {})}
              onTag={(tag) => go({ tag }, {})}
            />
          </Suspense>
        )
      }
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

/** The picture that was open until just now: where the focus belongs after closing. */
function useLastOpened(photo: string | undefined): { id: string } | null {
  const [state, setState] = useState<{ open: string | undefined; last: { id: string } | null }>({
    open: photo,
    last: null,
  })
  if (state.open !== photo)
    setState({ open: photo, last: photo === undefined && state.open !== undefined ? { id: state.open } : null })
  return state.last
}

function AddActions() {
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
    </>
  )
}
