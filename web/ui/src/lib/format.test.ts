import { describe, expect, it } from 'vitest'
import { formatBytes } from './format'

// Some languages hold number and unit together with a space that does not break.
const inBoth = (bytes: number): string[] =>
  ['en-GB', 'de-DE'].map((locale) => formatBytes(bytes, locale).replace('\u00a0', ' '))

describe('a size', () => {
  it('in bytes has the plural of the language', () => {
    expect(inBoth(0)).toEqual(['0 bytes', '0 Byte'])
    expect(inBoth(1)).toEqual(['1 byte', '1 Byte'])
    expect(inBoth(999)).toEqual(['999 bytes', '999 Byte'])
  })

  it('has the unit in which it is the shortest, with a decimal where that says something', () => {
    expect(inBoth(1000)).toEqual(['1 kB', '1 kB'])
    expect(inBoth(4_230_000)).toEqual(['4.2 MB', '4,2 MB'])
    expect(inBoth(42_300_000_000)).toEqual(['42 GB', '42 GB'])
    expect(inBoth(5e15)).toEqual(['5,000 TB', '5.000 TB'])
  })

  it('is never a thousand of one unit where there is a next one', () => {
    expect(formatBytes(999_499, 'en-GB')).toBe('999 kB')
    expect(formatBytes(999_500, 'en-GB')).toBe('1 MB')
    expect(formatBytes(999_999_999_999, 'en-GB')).toBe('1 TB')
  })
})
