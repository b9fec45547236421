import { ArrowLeftToLine, ArrowRightToLine, BookMinus, Check, Image as ImageSign, Replace } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Album } from '@/api/types'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { ArrangeBoard } from './arrange-board'
import { nextAfter } from './order'
import { patchAlbum, putInto, takeOut, useAlbumChange } from './queries'
import { useArrange, type AlbumPictures } from './use-album'

type ArrangeProps = { album: Album; pictures: AlbumPictures; onDone: () => void }

const NONE: ReadonlySet<string> = new Set()

/** Puts the pictures of an album in order, takes some out, and chooses its cover. */
export function Arrange({ album, pictures, onDone }: ArrangeProps) {
  const { t } = useTranslation()
  const [picked, setChosen] = useState(NONE)
  const [isPlacing, setPlacing] = useState(false)
  const { assets } = pictures
  // What is there no more is not chosen either.
  const chosen = new Set(assets.flatMap((asset) => (picked.has(asset.id) ? [asset.id] : [])))
  const order = useArrange(album.id)
  const take = useTakeOut(album)
  const cover = useAlbumChange(
    (id: string) => patchAlbum(album.id, { cover: id }),
    () => showToast(t('arrange.coverSet')),
  )
  const problemText = useProblemText()
  const only = chosen.size === 1 ? [...chosen][0] : undefined
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    setChosen(next)
    if (next.size === 0) setPlacing(false)
  }
  const move = (ids: ReadonlySet<string>, before: string | null) => {
    setPlacing(false)
    order(ids, before)
  }
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (isPlacing) setPlacing(false)
      else setChosen(NONE)
    }
    window.addEventListener('keydown', escape)
    return () => window.removeEventListener('keydown', escape)
  }, [isPlacing])
  const hasNone = chosen.size === 0
  const act = (run: () => void) => () => hasNone || run()
  return (
    <section aria-label={t('arrange.title')}>
      <div className="arrange-bar" role="toolbar" aria-label={t('arrange.actions')}>
        <p role="status">
          {isPlacing
            ? t('arrange.choosePlace')
            : hasNone
              ? t('arrange.hint')
              : t('arrange.chosen', { count: chosen.size })}
        </p>
        {isPlacing ? (
          <button type="button" className="btn" onClick={() => setPlacing(false)}>
            {t('sheet.cancel')}
          </button>
        ) : (
          <div className="arrange-acts">
            <button
              type="button"
              className="btn"
              aria-disabled={hasNone}
              onClick={act(() => move(chosen, assets[0]?.id ?? null))}
            >
              <ArrowLeftToLine size={18} aria-hidden />
              {t('arrange.front')}
            </button>
            <button type="button" className="btn" aria-disabled={hasNone} onClick={act(() => setPlacing(true))}>
              <Replace size={18} aria-hidden />
              {t('arrange.before')}
            </button>
            <button type="button" className="btn" aria-disabled={hasNone} onClick={act(() => move(chosen, null))}>
              <ArrowRightToLine size={18} aria-hidden />
              {t('arrange.end')}
            </button>
            <button
              type="button"
              className="btn"
              aria-disabled={only === undefined}
              onClick={() => only !== undefined && cover.mutate(only, { onError: (e) => showToast(problemText(e)) })}
            >
              <ImageSign size={18} aria-hidden />
              {t('arrange.cover')}
            </button>
            <button
              type="button"
              className="btn"
              aria-disabled={hasNone || take.isPending}
              onClick={act(() => take.mutate({ ids: [...chosen], before: nextAfter(assets, chosen) }))}
            >
              <BookMinus size={18} aria-hidden />
              {t('arrange.takeOut')}
            </button>
          </div>
        )}
        {!isPlacing && (
          <button type="button" className="btn primary arrange-done" onClick={onDone}>
            <Check size={18} aria-hidden />
            {t('arrange.done')}
          </button>
        )}
      </div>
      <ArrangeBoard
        assets={assets}
        chosen={chosen}
        onToggle={toggle}
        onMove={move}
        onPlace={isPlacing ? (before) => move(chosen, before) : null}
        hasMore={pictures.hasMore}
        onWantMore={pictures.wantMore}
      />
    </section>
  )
}

type Taken = { ids: readonly string[]; before: string | null }

/** Takes pictures out of an album, with a way back to where they stood. */
function useTakeOut(album: Album) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const back = useAlbumChange(
    ({ ids, before }: Taken) => putInto(album.id, ids, before),
    () => undefined,
  )
  return useAlbumChange(
    async (taken: Taken) => {
      try {
        return { taken, changed: (await takeOut(album.id, taken.ids)).changed }
      } catch (error) {
        showToast(problemText(error))
        throw error
      }
    },
    ({ taken, changed }) =>
      showToast(t('arrange.takenOut', { count: changed, name: album.name }), {
        label: t('arrange.undo'),
        run: () => back.mutate(taken, { onError: (error) => showToast(problemText(error)) }),
      }),
  )
}
