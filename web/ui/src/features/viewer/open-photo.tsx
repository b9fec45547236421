import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { originalUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { dropFromLists, restoreAsset, trashAsset } from '@/lib/assets'
import { useMay } from '@/lib/auth'
import { readPreference, writePreference } from '@/lib/preferences'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { Details } from './details/details'
import { settled } from './edits'
import { Stage, type StageHandle } from './stage'
import { Toolbar } from './toolbar'
import { TrashedBar } from './trashed-bar'
import { useEdit } from './use-edit'
import type { ViewerProps } from './viewer'
import { actionOf, isTaken, type Actions } from './viewer-keys'

type OpenProps = ViewerProps & {
  /** Which one it is of the grid; null for one that the grid has not. */
  place: { number: number; count: number } | null
  current: Asset
  previous: Asset | undefined
  next: Asset | undefined
  beyond: readonly (Asset | undefined)[]
  onMoveTo: (id: string) => void
  onShut: () => void
}

/** Deletes with a way back, and goes on to the picture beside it. */
function useTrash({ current, previous, next, onMoveTo, onShut }: OpenProps): () => void {
  const client = useQueryClient()
  const { t } = useTranslation()
  const problemText = useProblemText()
  const { id, filename } = current
  const undo = () => void restoreAsset(client, id).catch((error: unknown) => showToast(problemText(error)))
  return () => {
    const beside = next ?? previous
    if (beside) onMoveTo(beside.id)
    else onShut()
    dropFromLists(client, id)
    // What was just changed of it reaches the server first: a picture in the trash can't be changed.
    void settled(id)
      .then(() => trashAsset(client, id))
      .then(
        () => showToast(t('viewer.trashed', { name: filename }), { label: t('viewer.undo'), run: undo }),
        (error: unknown) => showToast(problemText(error)),
      )
  }
}

function useDetails(): [boolean, () => void] {
  const [isOpen, setIsOpen] = useState(() => readPreference('details') === 'yes')
  const toggle = useCallback(() => {
    writePreference('details', isOpen ? null : 'yes')
    setIsOpen(!isOpen)
  }, [isOpen])
  return [isOpen, toggle]
}

const SAID_MS = 1_400

/** A few words on the picture about what a key just did; read aloud, and gone by themselves. */
function useSaid(): [string, (text: string) => void] {
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  return [said, setSaid]
}

/** The favourite mark and the stars, where the person may change them. */
function useMarks(current: Asset, mayChange: boolean, say: (text: string) => void) {
  const { t } = useTranslation()
  const edit = useEdit()
  if (!mayChange) return { favourite: null, rate: null }
  return {
    favourite: () => {
      const favourite = !current.favourite
      say(t(favourite ? 'viewer.isFavourite' : 'viewer.noFavourite'))
      void edit(current.id, { body: { favourite }, show: (asset) => ({ ...asset, favourite }) })
    },
    rate: (stars: number) => {
      // The same stars once more take them away.
      const rating = stars === current.rating ? null : stars
      say(rating === null ? t('viewer.noStars') : t('viewer.stars', { count: rating }))
      void edit(current.id, { body: { rating }, show: (asset) => ({ ...asset, rating }) })
    },
  }
}

/** The open picture: the stage, what can be done, and what is known of it. */
export function OpenPhoto(props: OpenProps) {
  const { current, previous, next, onMoveTo, onShut, onMoreLikeThis } = props
  const { t } = useTranslation()
  const stage = useRef<StageHandle>(null)
  const frame = useRef<HTMLDivElement>(null)
  // The keys below work from the first moment on, with no button pressed before.
  useEffect(() => frame.current?.focus({ preventScroll: true }), [])
  // What had the focus may be gone, a tag that was taken off for example: the keys go on working.
  useEffect(() => {
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true })
  })
  const [showsDetails, toggleDetails] = useDetails()
  const [isBare, setIsBare] = useState(false)
  const [said, say] = useSaid()
  const isActive = current.state === 'active'
  const mayChange = useMay().add && current.mine && isActive
  const trash = useTrash(props)
  const marks = useMarks(current, mayChange, say)
  const step = useCallback(
    (by: -1 | 1) => {
      const beside = by > 0 ? next : previous
      if (beside) onMoveTo(beside.id)
    },
    [next, previous, onMoveTo],
  )
  const actions: Actions = {
    step,
    zoom: (factor) => stage.current?.zoom(factor),
    whole: () => stage.current?.reset(),
    actual: () => stage.current?.toggleActual(),
    pan: (x, y) => stage.current?.pan({ x, y }) ?? false,
    details: toggleDetails,
    like: () => onMoreLikeThis(current.id),
    download: () => download(current),
    favourite: marks.favourite,
    rate: marks.rate,
    trash: mayChange ? trash : null,
  }
  const pull = useCallback((part: number) => frame.current?.style.setProperty('--pulled', String(part)), [])
  return (
    <div
      ref={frame}
      tabIndex={-1}
      data-focus-home
      className="viewer-frame"
      data-details={showsDetails}
      data-bare={isBare}
      onKeyDown={(event) => {
        const run = isTaken(event) ? null : actionOf(event.key, event.shiftKey, actions)
        if (!run) return
        event.preventDefault()
        run()
      }}
    >
      <div className="viewer-main">
        <Stage
          ref={stage}
          current={current}
          previous={previous}
          next={next}
          beyond={props.beyond}
          onStep={step}
          onClose={onShut}
          onDetails={() => !showsDetails && toggleDetails()}
          onTap={() => setIsBare(!isBare)}
          onPull={pull}
        />
        <Toolbar
          asset={current}
          showsDetails={showsDetails}
          onClose={onShut}
          onDetails={toggleDetails}
          onZoom={() => stage.current?.toggleActual()}
          onLike={() => onMoreLikeThis(current.id)}
          onFavourite={marks.favourite}
          onTrash={actions.trash}
        />
        {!isActive && <TrashedBar asset={current} />}
        <p className="viewer-said" role="status">
          {said}
        </p>
        <p className="visually-hidden" role="status">
          {props.place === null ? current.filename : t('viewer.place', { ...props.place, name: current.filename })}
        </p>
      </div>
      {showsDetails && (
        <Details
          asset={current}
          onFolder={props.onFolder}
          onTag={props.onTag}
          onAlbum={props.onAlbum}
          onMove={onMoveTo}
          onClose={toggleDetails}
        />
      )}
    </div>
  )
}

/** Saves the original under its name, as the button does. */
function download(asset: Asset): void {
  const link = Object.assign(document.createElement('a'), {
    href: originalUrl(asset, { download: true }),
    download: asset.filename,
  })
  link.click()
}
