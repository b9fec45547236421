import { describe, expect, it } from 'vitest'
import { bytesOf, gigabytesOf } from './queries'

describe('room in gigabytes', () => {
  it('is typed with a point or a comma, and nothing means no limit', () => {
    expect(bytesOf('2.5')).toBe(2_500_000_000)
    expect(bytesOf(' 0,5 ')).toBe(500_000_000)
    expect(bytesOf('')).toBeNull()
    expect(bytesOf('0')).toBe(0)
  })

  it('is nothing else', () => {
    for (const typed of ['much', '-1', '1e3', '1.', '1 000']) expect(bytesOf(typed)).toBeUndefined()
  })

  it('comes back as it was typed', () => {
    expect(bytesOf(gigabytesOf(1_234_567_890))).toBe(1_234_567_890)
    expect(gigabytesOf(null)).toBe('')
  })
})
