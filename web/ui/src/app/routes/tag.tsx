import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useRef } from 'react'
import { TagPage } from '@/features/tags/tag-page'
import { readLibrarySearch } from '@/lib/library-search'
import { useLastOpened } from '../use-last-opened'

const Viewer = lazy(() => import('@/features/viewer/viewer').then((module) => ({ default: module.Viewer })))

/** A tag with the open picture above its others, both in the address. */
export function Tag() {
  const { id } = useParams({ from: '/signed-in/tags/$id' })
  const { photo } = useSearch({ from: '/signed-in/tags/$id' })
  const navigate = useNavigate()
  const router = useRouter()
  /** Whether going back leads to the grid below the open picture. */
  const openedHere = useRef(false)
  const here = useCallback(
    (photo: string) => ({ to: '/tags/$id', params: { id }, search: { photo }, resetScroll: false }) as const,
    [id],
  )
  const close = () => {
    if (openedHere.current) router.history.back()
    else void navigate({ to: '/tags/$id', params: { id }, replace: true, resetScroll: false })
  }
  return (
    <TagPage
      id={id}
      hrefOf={(photo) => router.buildLocation(here(photo)).href}
      onOpen={(photo) => {
        openedHere.current = true
        void navigate(here(photo))
      }}
      focusOn={useLastOpened(photo)}
      onGone={(into) =>
        void (into?.id
          ? navigate({ to: '/tags/$id', params: { id: into.id }, replace: true })
          : navigate({ to: '/tags', replace: true }))
      }
    >
      {(source) =>
        photo !== undefined && (
          <Suspense>
            <Viewer
              photo={photo}
              sequence={source}
              onMove={(next) => void navigate({ ...here(next), replace: true })}
              onClose={close}
              onMoreLikeThis={(like) => void navigate({ to: '/', search: { like } })}
              onFolder={({ mine, folder, folder_id }) =>
                void navigate({ to: '/', search: readLibrarySearch(mine ? { folder } : { folder_id }) })
              }
              onTag={(tag) => void navigate({ to: '/', search: { tag } })}
              onAlbum={(album) => void navigate({ to: '/albums/$id', params: { id: album } })}
            />
          </Suspense>
        )
      }
    </TagPage>
  )
}
