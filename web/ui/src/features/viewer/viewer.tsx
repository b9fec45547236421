import { ImageOff, LoaderCircle } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { codeOf } from '@/api/errors'
import type { Asset } from '@/api/types'
import type { Sequence } from '@/components/photo-grid/source'
import { useProblemText } from '@/lib/use-problem-text'
import { useEdited } from './edits'
import { OpenPhoto } from './open-photo'
import { gridPicture } from './slide'
import { useAround } from './use-around'
import { fit } from './view'
import './viewer.css'

export type ViewerProps = {
  /** The picture to open. */
  photo: string
  /** The pictures around it, in the order of the grid. */
  sequence: Sequence
  /** The person went on to another picture. */
  onMove: (id: string) => void
  onClose: (last: string) => void
  onMoreLikeThis: (id: string) => void
  onFolder: (asset: Asset) => void
  onTag: (tag: string) => void
  onAlbum: (id: string) => void
}

const QUIET_MS = 300

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
  const { sequence, onClose } = props
  const { t } = useTranslation()
  const [id, moveTo] = useOpenPhoto(props.photo, props.onMove)
  const around = useAround(sequence, id)
  const current = useEdited(around.current)
  const close = useCallback(() => onClose(id), [onClose, id])
  return (
    <ModalOverlay className="viewer-overlay always-dark" isOpen onOpenChange={(isOpen) => !isOpen && close()}>
      <Modal className="viewer-modal">
        <Dialog className="viewer" aria-label={current?.filename ?? t('viewer.title')}>
          {current ? (
            <OpenPhoto
              {...props}
              current={current}
              previous={around.previous}
              next={around.next}
              beyond={around.beyond}
              place={around.index < 0 ? null : { number: around.index + 1, count: sequence.count }}
              onMoveTo={moveTo}
              onShut={close}
            />
          ) : (
            <Missing id={id} error={around.error} onRetry={around.retry} onShut={close} />
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

type MissingProps = { id: string; error: Error | null; onRetry: () => void; onShut: () => void }

/** In the place of a picture that is not there, or not yet. */
function Missing({ id, error, onRetry, onShut }: MissingProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [isLong, setIsLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), QUIET_MS)
    return () => clearTimeout(timer)
  }, [])
  if (error === null)
    return (
      <div className="viewer-missing" role="status">
        <Glimpse id={id} />
        {isLong && <LoaderCircle size={28} className="spinner" aria-label={t('viewer.loading')} />}
      </div>
    )
  const isGone = codeOf(error) === 'not_found'
  return (
    <div className="viewer-missing">
      <ImageOff size={40} strokeWidth={1.5} aria-hidden />
      <div role="alert">
        <h2>{isGone ? t('viewer.gone') : t('viewer.notShown')}</h2>
        <p>{isGone ? t('viewer.goneHint') : problemText(error)}</p>
      </div>
      <div className="viewer-ways">
        {!isGone && (
          <button type="button" className="btn" onClick={onRetry}>
            {t('viewer.tryAgain')}
          </button>
        )}
        <button type="button" className="btn primary" onClick={onShut}>
          {t('viewer.close')}
        </button>
      </div>
    </div>
  )
}

/** What the grid has of the picture, in its place, until all is known of it. */
function Glimpse({ id }: { id: string }) {
  const [image] = useState(() => gridPicture(id))
  if (image === null) return null
  const stage = { width: window.innerWidth, height: window.innerHeight }
  // As large as it will be: small pictures are enlarged only so far, and this one is a small copy of a larger.
  const { width, height } = fit({ width: image.naturalWidth * 4, height: image.naturalHeight * 4 }, stage)
  return <img className="viewer-glimpse" src={image.src} alt="" style={{ width, height }} />
}
