import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useMemo, useRef } from 'react'
import { ActionBar } from '@/features/actions/action-bar'
import { AlbumPage } from '@/features/albums/album-page'
import { albumById } from '@/features/albums/queries'
import { readLibrarySearch } from '@/lib/library-search'
import { useLastOpened } from '../use-last-opened'

const Viewer = lazy(() => import('@/features/viewer/viewer').then((module) => ({ default: module.Viewer })))

/** An album with the open picture above it, both in the address. */
export function Album() {
  const { id } = useParams({ from: '/signed-in/albums/$id' })
  const { photo, arrange } = useSearch({ from: '/signed-in/albums/$id' })
  const navigate = useNavigate()
  const router = useRouter()
  /** Whether going back leads to the grid below the open picture. */
  const openedHere = useRef(false)
  const open = useCallback(
    (photo: string) => {
      openedHere.current = true
      void navigate({ to: '/albums/$id', params: { id }, search: { photo }, resetScroll: false })
    },
    [id, navigate],
  )
  const hrefOf = useCallback(
    (photo: string) => router.buildLocation({ to: '/albums/$id', params: { id }, search: { photo } }).href,
    [id, router],
  )
  const close = () => {
    if (openedHere.current) router.history.back()
    else void navigate({ to: '/albums/$id', params: { id }, replace: true, resetScroll: false })
  }
  const album = useQuery(albumById(id)).data
  const scope = useMemo(() => ({ filter: { album: id }, ...(album ? { album } : {}) }), [id, album])
  return (
    <AlbumPage
      key={id}
      id={id}
      isArranging={arrange === true}
      onArrange={(is) =>
        void navigate({ to: '/albums/$id', params: { id }, search: is ? { arrange: true } : {}, replace: true })
      }
      hrefOf={hrefOf}
      onOpen={open}
      focusOn={useLastOpened(photo)}
      onDeleted={() => void navigate({ to: '/albums', replace: true })}
    >
      {(pictures) => (
        <>
          <ActionBar
            source={pictures.source}
            scope={scope}
            onMoreLikeThis={(like) => void navigate({ to: '/', search: { like } })}
          />
          {photo !== undefined && (
            <Suspense>
              <Viewer
                photo={photo}
                sequence={pictures.source}
                onMove={(next) =>
                  void navigate({
                    to: '/albums/$id',
                    params: { id },
                    search: { photo: next },
                    replace: true,
                    resetScroll: false,
                  })
                }
                onClose={close}
                onMoreLikeThis={(like) => void navigate({ to: '/', search: { like } })}
                onFolder={({ mine, folder, folder_id }) =>
                  void navigate({ to: '/', search: readLibrarySearch(mine ? { folder } : { folder_id }) })
                }
                onTag={(tag) => void navigate({ to: '/', search: { tag } })}
              />
            </Suspense>
          )}
        </>
      )}
    </AlbumPage>
  )
}
