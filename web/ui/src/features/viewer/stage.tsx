import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useCallback, useEffect, useImperativeHandle, useState, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { Slide } from './slide'
import { useGestures } from './use-gestures'
import { fit, maxScale, WHOLE, type Size } from './view'

export type StageHandle = { zoom: (factor: number) => void; reset: () => void }

type StageProps = {
  current: Asset
  previous: Asset | undefined
  next: Asset | undefined
  onStep: (step: -1 | 1) => void
  onClose: () => void
  ref: Ref<StageHandle>
}

const GAP_PX = 32

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

/** The open picture between its neighbours, which slide in when they become the open one. */
export function Stage({ current, previous, next, onStep, onClose, ref }: StageProps) {
  const { t } = useTranslation()
  const [element, setElement] = useState<HTMLElement | null>(null)
  const size = useSize(element)
  const fitted = fit(current, size)
  const release = useCallback(
    (what: 'next' | 'previous' | 'close') => (what === 'close' ? onClose() : onStep(what === 'next' ? 1 : -1)),
    [onClose, onStep],
  )
  const { view, drag, isFree, zoom, reset, handlers } = useGestures({
    pictureId: current.id,
    element,
    size,
    fitted,
    most: maxScale(current, fitted),
    canStep: { next: next !== undefined, previous: previous !== undefined },
    onRelease: release,
  })
  useImperativeHandle(ref, () => ({ zoom, reset }))
  const step = size.width + GAP_PX
  const slides = [
    { asset: previous, place: -1 },
    { asset: current, place: 0 },
    { asset: next, place: 1 },
  ]
  const pulled = drag ? Math.min(1, drag.y / 400) : 0
  return (
    <div className="stage-frame">
      <div
        ref={setElement}
        className="stage"
        data-zoomed={view.scale > 1}
        style={{ opacity: 1 - pulled * 0.6 }}
        {...handlers}
      >
        {slides.map(({ asset, place }) =>
          asset ? (
            <Slide
              key={asset.id}
              asset={asset}
              stage={size}
              isCurrent={place === 0}
              isSettling={isFree}
              view={
                place === 0
                  ? { ...view, x: view.x + (drag?.x ?? 0), y: view.y + (drag?.y ?? 0) }
                  : { ...WHOLE, x: place * step + (drag?.x ?? 0) }
              }
            />
          ) : null,
        )}
      </div>
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
    </div>
  )
}
