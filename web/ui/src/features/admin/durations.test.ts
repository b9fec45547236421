import { expect, it } from 'vitest'
import { formatAgo, formatSpan } from './durations'

it('says a span in its largest unit', () => {
  expect(formatSpan(0.4, 'en')).toBe('0 seconds')
  expect(formatSpan(59.4, 'en')).toBe('59 seconds')
  expect(formatSpan(61, 'en')).toBe('1 minute')
  expect(formatSpan(7300, 'en')).toBe('2 hours')
  expect(formatSpan(3 * 86_400, 'de')).toBe('3 Tage')
  expect(formatSpan(-5, 'en')).toBe('0 seconds')
})

it('says how long ago something was', () => {
  expect(formatAgo(300, 'en')).toBe('5 minutes ago')
  expect(formatAgo(86_400, 'de')).toBe('vor 1 Tag')
})
