import { beforeEach, describe, expect, it, vi } from 'vitest'
import { closeToast, progressToast, runLastAction, showToast, toasts } from './toasts'

const texts = () => toasts.get().map((toast) => toast.text)

describe('messages', () => {
  beforeEach(() => toasts.set([]))

  it('are three at most, and the oldest goes first', () => {
    for (const text of ['one', 'two', 'three', 'four']) showToast(text)
    expect(texts()).toEqual(['two', 'three', 'four'])
  })

  it('that tell of something going on stay until they are closed', () => {
    const going = showToast('going on', undefined, { done: 0, total: 10 })
    for (const text of ['one', 'two', 'three']) showToast(text)
    expect(texts()).toEqual(['going on', 'two', 'three'])
    progressToast(going, { done: 5, total: 10 })
    expect(toasts.get()[0]?.progress).toEqual({ done: 5, total: 10 })
    closeToast(going)
    progressToast(going, { done: 6, total: 10 })
    expect(texts()).toEqual(['two', 'three'])
  })

  it('offer what the latest of them offers by key as well, once', () => {
    const first = vi.fn()
    const second = vi.fn()
    showToast('first', { label: 'Undo', run: first })
    showToast('second', { label: 'Undo', run: second })
    showToast('no way back')
    showToast('going on', { label: 'Stop', run: vi.fn() }, { done: 0, total: 1 })
    expect(runLastAction()).toBe(true)
    expect(second).toHaveBeenCalledOnce()
    expect(first).not.toHaveBeenCalled()
    expect(runLastAction()).toBe(false)
  })
})
