import { ChevronLeft, ChevronRight, ImageOff, RotateCw } from 'lucide-react'
import { useCallback, useEffect, useImperativeHandle, useState, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import { isTransient } from '@/api/errors'
import type { Asset } from '@/api/types'
import { useProblemText } from '@/lib/use-problem-text'
import { isDrawable, Slide } from './slide'
import { useGestures } from './use-gestures'
import { useReason } from './use-reason'
import { actualScale, fit, maxScale, WHOLE, type Point, type Size } from './view'

export type StageHandle = {
  zoom: (factor: number) => void
  reset: () => void
  /** Between the whole picture and its own pixels. */
  toggleActual: () => void
  /** Moves what is zoomed, by parts of the stage; false where the whole picture is seen. */
  pan: (by: Point) => boolean
}

type StageProps = {
  current: Asset
  previous: Asset | undefined
  next: Asset | undefined
  /** Pictures one further, of which only the large rendition is fetched. */
  beyond: readonly (Asset | undefined)[]
  onStep: (step: -1 | 1) => void
  onClose: () => void
  onDetails: () => void
  onTap: () => void
  /** How far the picture is pulled down, 0 to 1. */
  onPull: (part: number) => void
  ref: Ref<StageHandle>
}

const GAP_PX = 32
const LARGE_EDGE_PX = 1440
const AGAIN_MS = 8_000

function useSize(element: HTMLElement | null): Size {
  const [size, setSize] = useState<Size>({ width: window.innerWidth, height: window.innerHeight })
  useEffect(() => {
    if (!element) return
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return size
}

/** Fetches large pictures before they are on the stage, once the open one is there. */
function usePreloaded(assets: readonly (Asset | undefined)[], isReady: boolean): void {
  const urls = assets.flatMap((asset) => (asset ? [mediaUrl(asset, 1440)] : [])).join('\n')
  useEffect(() => {
    if (!isReady || urls === '') return
    const images = urls.split('\n').map((url) => Object.assign(new Image(), { src: url }))
    return () => {
      for (const image of images) if (!image.complete) image.src = ''
    }
  }, [urls, isReady])
}

/** What became of the large picture of each that was on the stage, and how often it was tried. */
function useLarge(current: Asset) {
  const [states, setStates] = useState<Readonly<Record<string, 'drawn' | 'failed'>>>({})
  const [attempts, setAttempts] = useState<Readonly<Record<string, number>>>({})
  const onLarge = useCallback(
    (id: string, state: 'drawn' | 'failed') => setStates((was) => (was[id] === state ? was : { ...was, [id]: state })),
    [],
  )
  const { id } = current
  const retry = useCallback(() => setAttempts((was) => ({ ...was, [id]: (was[id] ?? 0) + 1 })), [id])
  return { state: states[id], attemptOf: (other: string) => attempts[other] ?? 0, onLarge, retry }
}

/** The open picture between its neighbours, which slide in when they become the open one. */
export function Stage(props: StageProps) {
  const { current, previous, next, beyond, onStep, onClose, onDetails, onPull, ref } = props
  const [element, setElement] = useState<HTMLElement | null>(null)
  const size = useSize(element)
  const fitted = fit(current, size)
  const large = useLarge(current)
  const isReady = large.state !== undefined
  usePreloaded(beyond, isReady)
  const release = useCallback(
    (what: 'next' | 'previous' | 'close' | 'details') => {
      if (what === 'close') onClose()
      else if (what === 'details') onDetails()
      else onStep(what === 'next' ? 1 : -1)
    },
    [onClose, onDetails, onStep],
  )
  const { view, drag, isFree, zoom, reset, toggleScale, pan, handlers } = useGestures({
    pictureId: current.id,
    element,
    size,
    fitted,
    most: maxScale(current, fitted),
    canStep: { next: next !== undefined, previous: previous !== undefined },
    onRelease: release,
    onTap: props.onTap,
  })
  const edge = isDrawable(current) ? current.width : Math.min(current.width, LARGE_EDGE_PX)
  useImperativeHandle(ref, () => ({
    zoom,
    reset,
    toggleActual: () =>
      toggleScale(Math.max(1.5, actualScale({ ...current, width: edge }, fitted, window.devicePixelRatio))),
    pan: (by) => {
      pan({ x: by.x * size.width, y: by.y * size.height })
      return view.scale > 1
    },
  }))
  const pulled = drag ? Math.min(1, Math.max(0, drag.y) / 400) : 0
  useEffect(() => onPull(pulled), [onPull, pulled])
  const step = size.width + GAP_PX
  const slides = [
    { asset: previous, place: -1 },
    { asset: current, place: 0 },
    { asset: next, place: 1 },
  ]
  return (
    <div className="stage-frame" {...handlers}>
      <div ref={setElement} className="stage" data-zoomed={view.scale > 1}>
        {slides.map(({ asset, place }) =>
          asset ? (
            <Slide
              key={asset.id}
              asset={asset}
              stage={size}
              isCurrent={place === 0}
              isSettling={isFree}
              wantsLarge={place === 0 || isReady}
              attempt={large.attemptOf(asset.id)}
              onLarge={large.onLarge}
              view={
                place === 0
                  ? { scale: view.scale * (1 - pulled * 0.3), x: view.x + (drag?.x ?? 0), y: view.y + (drag?.y ?? 0) }
                  : { ...WHOLE, x: place * step + (drag?.x ?? 0) }
              }
            />
          ) : null,
        )}
      </div>
      {large.state === 'failed' && (
        <Failed key={current.id} asset={current} attempt={large.attemptOf(current.id)} onRetry={large.retry} />
      )}
      <Steps previous={previous} next={next} onStep={onStep} />
    </div>
  )
}

type FailedProps = { asset: Asset; attempt: number; onRetry: () => void }

/** Why the large picture does not come; it is asked for again by itself where that can help. */
function Failed({ asset, attempt, onRetry }: FailedProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const reason = useReason(mediaUrl(asset, 1440))
  const isBack = reason === 'there' && attempt === 0
  const mayPass = reason !== null && reason !== 'there' && isTransient(reason)
  useEffect(() => {
    if (isBack) onRetry()
  }, [isBack, onRetry])
  useEffect(() => {
    if (!mayPass) return
    const timer = setInterval(onRetry, AGAIN_MS)
    return () => clearInterval(timer)
  }, [mayPass, onRetry])
  return (
    <div className="stage-failed" role="status">
      {reason !== null && !isBack && (
        <>
          <ImageOff size={20} aria-hidden />
          <p>
            <strong>{t('viewer.notShown')}</strong>
            <span>{reason === 'there' ? t('error.file_damaged') : problemText(reason)}</span>
          </p>
          <button type="button" className="btn small" onClick={onRetry}>
            <RotateCw size={15} aria-hidden />
            {t('viewer.tryAgain')}
          </button>
        </>
      )}
    </div>
  )
}

type StepsProps = Pick<StageProps, 'previous' | 'next' | 'onStep'>

function Steps({ previous, next, onStep }: StepsProps) {
  const { t } = useTranslation()
  return (
    <>
      {previous && (
        <button
          type="button"
          className="stage-step at-left"
          aria-label={t('viewer.previous')}
          onClick={() => onStep(-1)}
        >
          <ChevronLeft size={28} aria-hidden />
        </button>
      )}
      {next && (
        <button type="button" className="stage-step at-right" aria-label={t('viewer.next')} onClick={() => onStep(1)}>
          <ChevronRight size={28} aria-hidden />
        </button>
      )}
    </>
  )
}
