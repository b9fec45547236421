import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { ActionBar } from '@/features/actions/action-bar'
import { LeavingPage } from '@/features/leaving/leaving-page'
import { useMay } from '@/lib/auth'
import { lookAt } from '@/lib/edits'
import { readLibrarySearch } from '@/lib/library-search'
import { showToast } from '@/lib/toasts'
import { useEdits } from '@/lib/use-edits'
import { useProblemText } from '@/lib/use-problem-text'
import { useLastOpened } from '../use-last-opened'

const Viewer = lazy(() => import('@/features/viewer/viewer').then((module) => ({ default: module.Viewer })))

/** What leaves by itself, with the open picture above it, both in the address. */
export function Leaving() {
  const search = useSearch({ from: '/signed-in/leaving' })
  const { photo, days = 30 } = search
  const navigate = useNavigate()
  const router = useRouter()
  const openedHere = useRef(false)
  const may = useMay()
  const focusOn = useLastOpened(photo)
  const filter = useMemo(() => ({ owner: 'me', expires_within: days }), [days])
  const scope = useMemo(() => ({ filter, isLeaving: true }), [filter])
  const keepAll = useKeepAll(filter)
  const go = useCallback(
    (next: { photo?: string; days?: 7 | 365 }, replace = false) => {
      if (next.photo !== undefined && !replace) openedHere.current = true
      void navigate({ to: '/leaving', search: next, replace, resetScroll: false })
    },
    [navigate],
  )
  const below = search.days === undefined ? {} : { days: search.days }
  const close = () => {
    if (openedHere.current) router.history.back()
    else go(below, true)
    openedHere.current = false
  }
  const library = (next: object) => void navigate({ to: '/', search: readLibrarySearch({ ...next }) })
  return (
    <LeavingPage
      range={days}
      onRange={(range) => go(range === 30 ? {} : { days: range }, true)}
      onKeepAll={may.add ? keepAll : null}
      hrefOf={(id) => router.buildLocation({ to: '/leaving', search: { ...below, photo: id } }).href}
      onOpen={(id) => go({ ...below, photo: id })}
      focusOn={focusOn}
    >
      {(source) => (
        <>
          <ActionBar source={source} scope={scope} onMoreLikeThis={(like) => library({ like })} />
          {photo !== undefined && (
            <Suspense>
              <Viewer
                photo={photo}
                sequence={source}
                onMove={(id) => go({ ...below, photo: id }, true)}
                onClose={close}
                onMoreLikeThis={(like) => library({ like })}
                onFolder={({ mine, folder, folder_id }) => library(mine ? { folder } : { folder_id })}
                onTag={(tag) => library({ tag })}
                onAlbum={(album) => void navigate({ to: '/albums/$id', params: { id: album } })}
              />
            </Suspense>
          )}
        </>
      )}
    </LeavingPage>
  )
}

/** Keeps all that leaves within the days that are shown, with the way back. */
function useKeepAll(filter: { owner: string; expires_within: number }): () => void {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const { change } = useEdits()
  return () =>
    void lookAt(filter).then(
      ({ count, revision }) =>
        change({
          changes: { ttl: 'never' },
          which: { filter, revision, count },
          said: (kept) => t('actions.did.keepAlways', { count: kept }),
        }),
      (error: unknown) => showToast(problemText(error)),
    )
}
