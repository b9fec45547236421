/** How a picture lies on its stage: `scale` 1 is the whole picture, `x` and `y` move it from the middle, in pixels. */
export type View = { scale: number; x: number; y: number }
export type Size = { width: number; height: number }
export type Point = { x: number; y: number }

export const WHOLE: View = { scale: 1, x: 0, y: 0 }
/** A picture smaller than the stage is enlarged at most this far, so that it does not turn to mush. */
const MAX_ENLARGEMENT = 2
/** Zooming ends at this many screen pixels per pixel of the picture, and never below `MIN_REACH`. */
const MAX_PIXEL = 3
const MIN_REACH = 4

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** The size at which the whole picture is seen. */
export function fit(picture: Size, stage: Size): Size {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, MAX_ENLARGEMENT)
  return { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) }
}

/** How far in one can go. */
export function maxScale(picture: Size, fitted: Size): number {
  return Math.max(MIN_REACH, (picture.width / Math.max(1, fitted.width)) * MAX_PIXEL)
}

/** The same view with no gap between the picture's edge and the stage's where the picture is the larger. */
export function settle(view: View, fitted: Size, stage: Size): View {
  const reachX = Math.max(0, (fitted.width * view.scale - stage.width) / 2)
  const reachY = Math.max(0, (fitted.height * view.scale - stage.height) / 2)
  return { scale: view.scale, x: clamp(view.x, -reachX, reachX), y: clamp(view.y, -reachY, reachY) }
}

/** Zooms by a factor; what lies under `at` (measured from the stage's middle) stays there. */
export function zoomAt(view: View, factor: number, at: Point, most: number): View {
  const scale = clamp(view.scale * factor, 1, most)
  const real = scale / view.scale
  return { scale, x: at.x - (at.x - view.x) * real, y: at.y - (at.y - view.y) * real }
}

export type Release = 'next' | 'previous' | 'close' | 'stay'

const SWIPE_PART = 0.22
const FLICK_PX_PER_MS = 0.45
const CLOSE_PX = 110

/** What letting go means after a drag of a whole picture; speed in pixels per millisecond. */
export function released(drag: Point, speed: Point, stage: Size): Release {
  if (Math.abs(drag.x) >= Math.abs(drag.y)) {
    const far = Math.abs(drag.x) > stage.width * SWIPE_PART
    const flicked = Math.abs(speed.x) > FLICK_PX_PER_MS && Math.sign(speed.x) === Math.sign(drag.x)
    if (!far && !flicked) return 'stay'
    return drag.x < 0 ? 'next' : 'previous'
  }
  return drag.y > CLOSE_PX || (drag.y > 30 && speed.y > FLICK_PX_PER_MS) ? 'close' : 'stay'
}
