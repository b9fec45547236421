import { useState } from 'react'
import { mediaUrl, originalUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { fit, type Size, type View } from './view'

/** Formats whose originals browsers draw; others stay at the 1440 pixel rendition. */
const DRAWABLE = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif', 'image/bmp'])
const LARGE_EDGE_PX = 1440

/** Whether the rendition is too coarse: zoomed past its pixels, or it stands still where the original moves. */
function wantsOriginal(asset: Asset, view: View, fitted: Size): boolean {
  if (!DRAWABLE.has(asset.mime)) return false
  if (asset.mime === 'image/gif') return true
  const shown = Math.max(fitted.width, fitted.height) * view.scale * window.devicePixelRatio
  return view.scale > 1 && shown > LARGE_EDGE_PX * 1.1 && Math.max(asset.width, asset.height) > LARGE_EDGE_PX
}

type SlideProps = { asset: Asset; stage: Size; view: View; isCurrent: boolean; isSettling: boolean }

/** One picture on the stage: the grid's rendition at once, the large one over it as soon as it is decoded. */
export function Slide({ asset, stage, view, isCurrent, isSettling }: SlideProps) {
  const fitted = fit(asset, stage)
  const [isSharp, setIsSharp] = useState(false)
  const transform = `translate(calc(-50% + ${view.x}px), calc(-50% + ${view.y}px)) scale(${view.scale})`
  return (
    <div
      className="slide"
      data-settling={isSettling}
      style={{
        width: fitted.width,
        height: fitted.height,
        transform,
        backgroundColor: isSharp ? 'transparent' : asset.mean_color,
      }}
    >
      {!isSharp && <img src={mediaUrl(asset, 480)} alt="" decoding="async" draggable={false} />}
      <img
        src={mediaUrl(asset, 1440)}
        alt={isCurrent ? asset.filename : ''}
        decoding="async"
        draggable={false}
        data-testid={isCurrent ? 'viewer-image' : undefined}
        onLoad={() => setIsSharp(true)}
      />
      {isCurrent && wantsOriginal(asset, view, fitted) && (
        <img src={originalUrl(asset)} alt="" decoding="async" draggable={false} />
      )}
    </div>
  )
}
