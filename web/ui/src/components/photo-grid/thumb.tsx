import { ImageOff } from 'lucide-react'
import { memo, useCallback, useEffect, useState, type ReactNode } from 'react'
import { mediaUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { placeholderUrl } from './placeholder'

const RETRY_MS = [1_500, 4_000, 10_000]
/** A cell taller than this many device pixels gets the larger rendition; a little enlargement is not seen. */
const SMALL_ENOUGH_PX = 270

/** Lets the browser drop the request of a picture that has left the screen. */
function cancelOnUnmount(image: HTMLImageElement | null): (() => void) | undefined {
  return image ? () => image.removeAttribute('src') : undefined
}

/** The address to load, changing on each retry; `failed` after the last one. */
function useRetry(url: string): { key: number; failed: boolean; onError: () => void } {
  const [attempt, setAttempt] = useState({ url, count: 0, waiting: false })
  const current = attempt.url === url ? attempt : { url, count: 0, waiting: false }
  const delay = RETRY_MS[current.count]
  useEffect(() => {
    if (!current.waiting || delay === undefined) return
    const timer = setTimeout(() => setAttempt({ url, count: current.count + 1, waiting: false }), delay)
    return () => clearTimeout(timer)
  }, [url, current.waiting, current.count, delay])
  return {
    key: current.count,
    failed: current.waiting,
    onError: () => setAttempt({ ...current, waiting: true }),
  }
}

type ThumbProps = {
  asset: Asset
  x: number
  width: number
  height: number
  /** Whether to ask for the picture now; while flying past, only the placeholder is drawn. */
  load: boolean
  index: number
  isTabStop: boolean
  label: string
  href: string
  onOpen: (index: number) => void
  badge: ReactNode
}

/** One picture of a grid: its mean colour, then its ThumbHash, then the rendition that fits. */
export const Thumb = memo(function Thumb(props: ThumbProps) {
  const { asset, height } = props
  const density = Math.min(2, window.devicePixelRatio || 1)
  const url = mediaUrl(asset, height * density > SMALL_ENOUGH_PX ? 480 : 240)
  const [shown, setShown] = useState<'no' | 'at-once' | 'faded'>('no')
  const retry = useRetry(url)
  const placeholder = shown === 'no' ? placeholderUrl(asset.thumbhash) : null
  const watch = useCallback((image: HTMLImageElement | null) => {
    if (image?.complete && image.naturalWidth > 0) setShown('at-once')
    return cancelOnUnmount(image)
  }, [])
  return (
    <div role="gridcell" className="thumb-cell">
      <a
        className="thumb"
        href={props.href}
        data-index={props.index}
        tabIndex={props.isTabStop ? 0 : -1}
        aria-label={props.label}
        draggable={false}
        style={{
          transform: `translateX(${props.x}px)`,
          width: props.width,
          height,
          backgroundColor: asset.mean_color,
          backgroundImage: placeholder === null ? undefined : `url(${placeholder})`,
        }}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
          event.preventDefault()
          props.onOpen(props.index)
        }}
      >
        {props.load && !retry.failed && (
          <img
            key={retry.key}
            ref={watch}
            alt=""
            decoding="async"
            draggable={false}
            src={url}
            data-shown={shown}
            onLoad={() => setShown((state) => (state === 'no' ? 'faded' : state))}
            onError={retry.onError}
          />
        )}
        {retry.failed && (
          <span className="thumb-broken">
            <ImageOff size={20} aria-hidden />
            <span>{asset.filename}</span>
          </span>
        )}
        {props.badge}
      </a>
    </div>
  )
})
