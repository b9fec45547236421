import { describe, expect, it, vi } from 'vitest'
import { actionOf, type Actions } from './viewer-keys'

function actions(mayChange = true): Actions {
  return {
    step: vi.fn(),
    zoom: vi.fn(),
    whole: vi.fn(),
    actual: vi.fn(),
    pan: vi.fn(() => true),
    details: vi.fn(),
    like: vi.fn(),
    download: vi.fn(),
    favourite: mayChange ? vi.fn() : null,
    rate: mayChange ? vi.fn() : null,
    trash: mayChange ? vi.fn() : null,
  }
}

describe('the keys of the viewer', () => {
  it('give stars with 1 to 5, and the whole picture with 0', () => {
    const all = actions()
    for (const key of ['1', '3', '5']) actionOf(key, false, all)?.()
    expect(vi.mocked(all.rate!).mock.calls).toEqual([[1], [3], [5]])
    actionOf('0', false, all)?.()
    expect(all.whole).toHaveBeenCalledOnce()
    expect(actionOf('6', false, all)).toBeNull()
  })

  it('step with the arrows to the sides, and move what is zoomed with the others', () => {
    const all = actions()
    actionOf('ArrowRight', false, all)?.()
    expect(all.step).toHaveBeenCalledWith(1)
    actionOf('ArrowDown', false, all)?.()
    actionOf('ArrowLeft', true, all)?.()
    expect(vi.mocked(all.pan).mock.calls.map(([x, y]) => [Math.sign(x), Math.sign(y)])).toEqual([
      [0, -1],
      [1, 0],
    ])
    expect(all.step).toHaveBeenCalledOnce()
  })

  it('change nothing for who may not', () => {
    const looking = actions(false)
    for (const key of ['f', '4', 'Delete']) expect(actionOf(key, false, looking)).toBeNull()
    for (const key of ['i', '.', 'd', '+', 'z']) expect(actionOf(key, false, looking)).not.toBeNull()
  })
})
