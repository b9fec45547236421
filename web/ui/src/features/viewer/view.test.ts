import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fit, maxScale, released, settle, WHOLE, zoomAt } from './view'

const size = fc.record({ width: fc.integer({ min: 50, max: 9000 }), height: fc.integer({ min: 50, max: 9000 }) })
const point = fc.record({ x: fc.integer({ min: -2000, max: 2000 }), y: fc.integer({ min: -2000, max: 2000 }) })

describe('zooming', () => {
  it('keeps what is under the pointer under the pointer', () => {
    fc.assert(
      fc.property(point, fc.double({ min: 1, max: 4, noNaN: true }), (at, factor) => {
        const view = zoomAt(WHOLE, factor, at, 100)
        // The picture's point that was at `at` (relative to its middle) is now at x + point * scale.
        expect(view.x + at.x * view.scale).toBeCloseTo(at.x, 6)
        expect(view.y + at.y * view.scale).toBeCloseTo(at.y, 6)
      }),
    )
  })

  it('stays between the whole picture and its limit, and comes back to the middle', () => {
    fc.assert(
      fc.property(size, size, point, fc.double({ min: 0.01, max: 100, noNaN: true }), (picture, stage, at, factor) => {
        const fitted = fit(picture, stage)
        const view = zoomAt(WHOLE, factor, at, maxScale(picture, fitted))
        expect(view.scale).toBeGreaterThanOrEqual(1)
        expect(view.scale).toBeLessThanOrEqual(maxScale(picture, fitted))
        const back = settle(zoomAt(view, 0.0001, at, 8), fitted, stage)
        expect(back.scale).toBe(1)
        expect(Math.abs(back.x) + Math.abs(back.y)).toBe(0)
      }),
    )
  })

  it('never leaves a gap beside a picture that is larger than the stage', () => {
    fc.assert(
      fc.property(size, size, point, fc.double({ min: 1, max: 8, noNaN: true }), (picture, stage, move, scale) => {
        const fitted = fit(picture, stage)
        const view = settle({ scale, ...move }, fitted, stage)
        const half = (fitted.width * scale) / 2
        if (half * 2 > stage.width) {
          expect(view.x - half).toBeLessThanOrEqual(-stage.width / 2 + 1e-6)
          expect(view.x + half).toBeGreaterThanOrEqual(stage.width / 2 - 1e-6)
        } else expect(Math.abs(view.x)).toBe(0)
      }),
    )
  })
})

it('shows the whole picture, and enlarges a small one only so far', () => {
  expect(fit({ width: 6000, height: 4000 }, { width: 900, height: 900 })).toEqual({ width: 900, height: 600 })
  expect(fit({ width: 100, height: 50 }, { width: 900, height: 900 })).toEqual({ width: 200, height: 100 })
})

it('reads a swipe as a step, a pull down as closing, and a hesitation as neither', () => {
  const stage = { width: 400, height: 800 }
  const still = { x: 0, y: 0 }
  expect(released({ x: -150, y: 20 }, still, stage)).toBe('next')
  expect(released({ x: 150, y: 20 }, still, stage)).toBe('previous')
  expect(released({ x: -40, y: 0 }, { x: -0.9, y: 0 }, stage)).toBe('next')
  expect(released({ x: -40, y: 0 }, { x: 0.9, y: 0 }, stage)).toBe('stay')
  expect(released({ x: 10, y: 200 }, still, stage)).toBe('close')
  expect(released({ x: 10, y: -200 }, still, stage)).toBe('stay')
})
