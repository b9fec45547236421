import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, Download, Info, Sparkles, Trash2, ZoomIn } from 'lucide-react'
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { originalUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { assetById, restoreAsset, trashAsset } from '@/lib/assets'
import { useMay } from '@/lib/auth'
import { readPreference, writePreference } from '@/lib/preferences'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { Details } from './details'
import { Stage, type StageHandle } from './stage'
import './viewer.css'

export type ViewerProps = {
  /** The picture to open. */
  photo: string
  /** The pictures around it, in the order of the grid. */
  assets: readonly Asset[]
  onWantMore: () => void
  /** The person went on to another picture. */
  onMove: (id: string) => void
  onClose: (last: string) => void
  onMoreLikeThis: (id: string) => void
  onFolder: (asset: Asset) => void
  onTag: (tag: string) => void
}

const WANT_MORE = 10
const ZOOM_STEP = 1.5

/** Follows the address and runs ahead of it: the picture changes at once, the address when the router comes to it. */
function useOpenPhoto(photo: string, onMove: (id: string) => void): [string, (id: string) => void] {
  const [open, setOpen] = useState({ id: photo, from: photo })
  if (open.from !== photo) setOpen({ id: photo, from: photo })
  return [
    open.id,
    (id) => {
      setOpen({ id, from: photo })
      onMove(id)
    },
  ]
}

/** The pictures of the grid, one at a time and as large as the window. */
export function Viewer(props: ViewerProps) {
  const { assets, onClose, onWantMore } = props
  const { t } = useTranslation()
  const [id, moveTo] = useOpenPhoto(props.photo, props.onMove)
  const index = assets.findIndex((asset) => asset.id === id)
  const fetched = useQuery({ ...assetById(id), enabled: index < 0 })
  const current = assets[index] ?? fetched.data
  const close = useCallback(() => onClose(id), [onClose, id])
  useEffect(() => {
    if (index >= 0 && index > assets.length - WANT_MORE) onWantMore()
  }, [index, assets.length, onWantMore])
  return (
    <ModalOverlay className="viewer-overlay always-dark" isOpen onOpenChange={(isOpen) => !isOpen && close()}>
      <Modal className="viewer-modal">
        <Dialog className="viewer" aria-label={current?.filename ?? t('viewer.title')}>
          {current && (
            <OpenPhoto
              {...props}
              current={current}
              previous={index > 0 ? assets[index - 1] : undefined}
              next={index >= 0 ? assets[index + 1] : undefined}
              onMoveTo={moveTo}
              onShut={close}
            />
          )}
          {fetched.isError && <Missing onShut={close} error={fetched.error} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Missing({ onShut, error }: { onShut: () => void; error: Error }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  return (
    <div className="viewer-missing">
      <p role="alert">{problemText(error)}</p>
      <button type="button" className="btn" onClick={onShut}>
        {t('viewer.close')}
      </button>
    </div>
  )
}

type OpenProps = ViewerProps & {
  current: Asset
  previous: Asset | undefined
  next: Asset | undefined
  onMoveTo: (id: string) => void
  onShut: () => void
}

/** Deletes with a way back, and goes on to the picture beside it. */
function useTrash({ current, previous, next, onMoveTo, onShut }: OpenProps): () => void {
  const client = useQueryClient()
  const { t } = useTranslation()
  const problemText = useProblemText()
  return () => {
    const beside = next ?? previous
    if (beside) onMoveTo(beside.id)
    else onShut()
    trashAsset(client, current.id).then(
      () =>
        showToast(t('viewer.trashed', { name: current.filename }), {
          label: t('viewer.undo'),
          run: () => void restoreAsset(client, current.id).catch((error: unknown) => showToast(problemText(error))),
        }),
      (error: unknown) => showToast(problemText(error)),
    )
  }
}

function useDetails(): [boolean, () => void] {
  const [isOpen, setIsOpen] = useState(() => readPreference('details') === 'yes')
  return [
    isOpen,
    () => {
      writePreference('details', isOpen ? null : 'yes')
      setIsOpen(!isOpen)
    },
  ]
}

function OpenPhoto(props: OpenProps) {
  const { current, previous, next, onMoveTo, onShut } = props
  const stage = useRef<StageHandle>(null)
  const frame = useRef<HTMLDivElement>(null)
  // The keys below work from the first moment on, with no button pressed before.
  useEffect(() => frame.current?.focus({ preventScroll: true }), [])
  const [showsDetails, toggleDetails] = useDetails()
  const trash = useTrash(props)
  const mayTrash = useMay().add && current.mine
  const step = useCallback(
    (by: -1 | 1) => {
      const beside = by > 0 ? next : previous
      if (beside) onMoveTo(beside.id)
    },
    [next, previous, onMoveTo],
  )
  const keys: Record<string, () => void> = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    '+': () => stage.current?.zoom(ZOOM_STEP),
    '=': () => stage.current?.zoom(ZOOM_STEP),
    '-': () => stage.current?.zoom(1 / ZOOM_STEP),
    '0': () => stage.current?.reset(),
    i: toggleDetails,
    '.': () => props.onMoreLikeThis(current.id),
    ...(mayTrash ? { Delete: trash } : {}),
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Menus of the details lie elsewhere in the document, and their keys are theirs.
    if (event.ctrlKey || event.metaKey || event.altKey || !event.currentTarget.contains(event.target as Node)) return
    const run = keys[event.key]
    if (!run) return
    event.preventDefault()
    run()
  }
  return (
    <div
      ref={frame}
      tabIndex={-1}
      data-focus-home
      className="viewer-frame"
      data-details={showsDetails}
      onKeyDown={onKeyDown}
    >
      <div className="viewer-main">
        <Stage ref={stage} current={current} previous={previous} next={next} onStep={step} onClose={onShut} />
        <Toolbar
          {...props}
          showsDetails={showsDetails}
          onDetails={toggleDetails}
          onTrash={mayTrash ? trash : null}
          onZoom={() => stage.current?.zoom(ZOOM_STEP)}
        />
      </div>
      {showsDetails && (
        <Details asset={current} onFolder={props.onFolder} onTag={props.onTag} onClose={toggleDetails} />
      )}
    </div>
  )
}

type ToolbarProps = OpenProps & {
  showsDetails: boolean
  onDetails: () => void
  /** Null where the person may not: the picture is somebody else's, or they only look. */
  onTrash: (() => void) | null
  onZoom: () => void
}

function Toolbar({ current, onShut, onMoreLikeThis, showsDetails, onDetails, onTrash, onZoom }: ToolbarProps) {
  const { t } = useTranslation()
  return (
    <div className="viewer-bar" role="toolbar" aria-label={t('viewer.tools')}>
      <button type="button" className="btn icon ghost" aria-label={t('viewer.close')} onClick={onShut}>
        <ArrowLeft size={22} aria-hidden />
      </button>
      <span className="viewer-space" />
      <button
        type="button"
        className="btn icon ghost viewer-zoom"
        aria-label={t('viewer.zoom')}
        data-tip={t('viewer.zoom')}
        onClick={onZoom}
      >
        <ZoomIn size={20} aria-hidden />
      </button>
      <button
        type="button"
        className="btn icon ghost"
        aria-label={t('viewer.like')}
        data-tip={t('viewer.like')}
        onClick={() => onMoreLikeThis(current.id)}
      >
        <Sparkles size={20} aria-hidden />
      </button>
      <a
        className="btn icon ghost"
        href={originalUrl(current, { download: true })}
        download={current.filename}
        aria-label={t('viewer.download')}
        data-tip={t('viewer.download')}
      >
        <Download size={20} aria-hidden />
      </a>
      {onTrash && (
        <button
          type="button"
          className="btn icon ghost"
          aria-label={t('viewer.trash')}
          data-tip={t('viewer.trash')}
          onClick={onTrash}
        >
          <Trash2 size={20} aria-hidden />
        </button>
      )}
      <button
        type="button"
        className="btn icon ghost"
        aria-label={t('viewer.details')}
        aria-pressed={showsDetails}
        data-tip={t('viewer.details')}
        data-tip-end
        onClick={onDetails}
      >
        <Info size={20} aria-hidden />
      </button>
    </div>
  )
}
