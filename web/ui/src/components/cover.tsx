import { Image as ImageSign } from 'lucide-react'
import { mediaUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import './cover.css'

/** The picture that stands for an album or a tag, cut to its place; a sign where there is none. */
export function Cover({ asset }: { asset: Asset | undefined }) {
  if (!asset)
    return (
      <span className="cover">
        <ImageSign size={28} strokeWidth={1.5} aria-hidden />
      </span>
    )
  return (
    <span className="cover" style={{ backgroundColor: asset.mean_color }}>
      <img alt="" loading="lazy" decoding="async" draggable={false} src={mediaUrl(asset, 480)} />
    </span>
  )
}
