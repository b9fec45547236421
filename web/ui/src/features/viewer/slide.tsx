import { useCallback, useState } from 'react'
import { mediaUrl, originalUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { placeholderUrl } from '@/components/photo-grid/placeholder'
import { fit, type Size, type View } from './view'

/** Formats whose originals browsers draw; others stay at the 1440 pixel rendition. */
const DRAWABLE = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif', 'image/bmp'])
const LARGE_EDGE_PX = 1440

/** Whether the browser can show the file as it is. */
export function isDrawable(asset: Asset): boolean {
  return DRAWABLE.has(asset.mime)
}

/** Whether the rendition is too coarse: zoomed past its pixels, or it stands still where the original moves. */
function wantsOriginal(asset: Asset, view: View, fitted: Size): boolean {
  if (!isDrawable(asset)) return false
  if (asset.mime === 'image/gif') return true
  const shown = Math.max(fitted.width, fitted.height) * view.scale * window.devicePixelRatio
  return view.scale > 1 && shown > LARGE_EDGE_PX * 1.1 && Math.max(asset.width, asset.height) > LARGE_EDGE_PX
}

/** The picture that the grid below shows of this one, if it does. */
export function gridPicture(id: string): HTMLImageElement | null {
  const image = document.querySelector<HTMLImageElement>(`.thumb img[src*="/media/${id}/"]`)
  return image?.complete && image.naturalWidth > 0 ? image : null
}

type Layer = 'waiting' | 'drawn' | 'failed'

/** Says when a picture is decoded, so that it can take the place of the one below it without a blank between. */
function useDecoded(onState: (state: Layer) => void): (image: HTMLImageElement | null) => void {
  return useCallback(
    (image) => {
      image?.decode().then(
        () => onState('drawn'),
        // One that left the document meanwhile is not a failure.
        () => image.isConnected && onState('failed'),
      )
    },
    [onState],
  )
}

type SlideProps = {
  asset: Asset
  stage: Size
  view: View
  isCurrent: boolean
  isSettling: boolean
  /** Neighbours wait until the open picture is there. */
  wantsLarge: boolean
  /** Counts the tries to get the large picture. */
  attempt: number
  onLarge: (id: string, state: 'drawn' | 'failed') => void
}

/** One picture on the stage: what the grid has of it at once, the large one over it as soon as it is decoded. */
export function Slide({ asset, stage, view, isCurrent, isSettling, wantsLarge, attempt, onLarge }: SlideProps) {
  const fitted = fit(asset, stage)
  const [large, setLarge] = useState<Layer>('waiting')
  const [preview] = useState(() => gridPicture(asset.id)?.src ?? mediaUrl(asset, 480))
  const { id } = asset
  const onState = useCallback(
    (state: Layer) => {
      setLarge(state)
      if (state !== 'waiting') onLarge(id, state)
    },
    [id, onLarge],
  )
  const watch = useDecoded(onState)
  const blurred = large === 'drawn' ? null : placeholderUrl(asset.thumbhash)
  return (
    <div
      className="slide"
      data-settling={isSettling}
      data-sharp={large === 'drawn'}
      style={{
        width: fitted.width,
        height: fitted.height,
        transform: `translate(calc(-50% + ${view.x}px), calc(-50% + ${view.y}px)) scale(${view.scale})`,
        backgroundColor: large === 'drawn' ? 'transparent' : asset.mean_color,
        backgroundImage: blurred === null ? undefined : `url(${blurred})`,
      }}
    >
      {large !== 'drawn' && <Quiet key={preview} src={preview} />}
      {wantsLarge && (
        <img
          key={attempt}
          ref={watch}
          src={mediaUrl(asset, 1440)}
          alt={isCurrent ? asset.filename : ''}
          decoding="async"
          draggable={false}
          hidden={large === 'failed'}
          data-testid={isCurrent ? 'viewer-image' : undefined}
        />
      )}
      {isCurrent && wantsOriginal(asset, view, fitted) && <Quiet key="original" src={originalUrl(asset)} isOriginal />}
    </div>
  )
}

/** A picture that is drawn when it comes and leaves nothing behind when it does not. */
function Quiet({ src, isOriginal = false }: { src: string; isOriginal?: boolean }) {
  const [isGone, setIsGone] = useState(false)
  if (isGone) return null
  return (
    <img
      src={src}
      alt=""
      decoding="async"
      draggable={false}
      data-testid={isOriginal ? 'viewer-original' : undefined}
      onError={() => setIsGone(true)}
    />
  )
}
