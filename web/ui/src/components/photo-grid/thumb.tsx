import { ImageOff } from 'lucide-react'
import { memo, useCallback, useEffect, useState, type ReactNode } from 'react'
import { mediaUrl } from '@/api/client'
import { placeholderUrl } from './placeholder'
import type { GridItem } from './source'

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
  /** Null until it is fetched. */
  item: GridItem | null
  x: number
  width: number
  height: number
  color: string
  /** Whether to ask for the picture now; while flying past, only what stands for it is drawn. */
  load: boolean
  index: number
  isTabStop: boolean
  /** Undefined where nothing can be chosen. */
  isChosen: boolean | undefined
  label: string
  href: string | undefined
  badge: ReactNode
}

/** One cell of a grid: its mean colour, then its ThumbHash, then the rendition that fits. */
export const Thumb = memo(function Thumb(props: ThumbProps) {
  const { item, isChosen } = props
  const [drawn, setDrawn] = useState<string | null>(null)
  const placeholder = item && drawn !== item.id ? placeholderUrl(item.thumbhash) : null
  return (
    <div
      role="gridcell"
      className="thumb-cell"
      aria-selected={isChosen}
      style={{ transform: `translateX(${props.x}px)`, width: props.width, height: props.height }}
    >
      <a
        className="thumb"
        href={props.href}
        data-index={props.index}
        tabIndex={props.isTabStop ? 0 : -1}
        aria-label={props.label}
        draggable={false}
        style={{
          backgroundColor: props.color,
          backgroundImage: placeholder === null ? undefined : `url(${placeholder})`,
        }}
      >
        {item && <Picture key={item.id} item={item} height={props.height} load={props.load} onDrawn={setDrawn} />}
        {isChosen !== undefined && item && <span className="thumb-check" />}
      </a>
      {/* Beside the link: its words are read after the picture's name, which would hide them. */}
      {props.badge}
    </div>
  )
})

type PictureProps = { item: GridItem; height: number; load: boolean; onDrawn: (id: string) => void }

function Picture({ item, height, load, onDrawn }: PictureProps) {
  const { id } = item
  const density = Math.min(2, window.devicePixelRatio || 1)
  const url = mediaUrl(item, height * density > SMALL_ENOUGH_PX ? 480 : 240)
  const [shown, setShown] = useState<'no' | 'at-once' | 'faded'>('no')
  const [wasLoaded, setWasLoaded] = useState(load)
  // Once asked for it stays, also when the flight goes on.
  if (load && !wasLoaded) setWasLoaded(true)
  const retry = useRetry(url)
  const show = useCallback(
    (how: 'at-once' | 'faded') => {
      setShown((state) => (state === 'no' ? how : state))
      onDrawn(id)
    },
    [id, onDrawn],
  )
  const watch = useCallback(
    (image: HTMLImageElement | null) => {
      if (image?.complete && image.naturalWidth > 0) show('at-once')
      return cancelOnUnmount(image)
    },
    [show],
  )
  if (retry.failed)
    return (
      <span className="thumb-broken">
        <ImageOff size={20} aria-hidden />
        <span>{item.filename}</span>
      </span>
    )
  if (!wasLoaded) return null
  return (
    <img
      key={retry.key}
      ref={watch}
      alt=""
      decoding="async"
      draggable={false}
      src={url}
      data-shown={shown}
      onLoad={() => show('faded')}
      onError={retry.onError}
    />
  )
}
