import { expect, it } from 'vitest'
import { fieldOf, zoneName } from './taken'

it('names zones as they are written', () => {
  expect([0, 120, -210, 345].map(zoneName)).toEqual(['UTC+00:00', 'UTC+02:00', 'UTC−03:30', 'UTC+05:45'])
})

it('gives a field the wall clock to the minute', () => {
  expect(fieldOf('2024-05-12T14:05:33')).toBe('2024-05-12T14:05')
})
