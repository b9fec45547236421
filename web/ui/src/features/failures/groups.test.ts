import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Failures } from '@/api/types'
import { groupsOf } from './groups'

const item = fc.record({ id: fc.uuid(), code: fc.constantFrom('a', 'b', 'c') })
const failures = fc.record({ assets: fc.array(item), uploads: fc.array(item) }).map((made) => made as Failures)

it('has each failure once, under its reason, the most frequent reason first', () => {
  fc.assert(
    fc.property(failures, (given) => {
      const groups = groupsOf(given)
      for (const { code, assets, uploads } of groups) {
        expect(assets).toEqual(given.assets.filter((each) => each.code === code))
        expect(uploads).toEqual(given.uploads.filter((each) => each.code === code))
      }
      const sizes = groups.map(({ assets, uploads }) => assets.length + uploads.length)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(given.assets.length + given.uploads.length)
      expect(sizes).toEqual([...sizes].sort((one, other) => other - one))
      expect(sizes.every((size) => size > 0)).toBe(true)
    }),
  )
})

it('has nothing before anything is known', () => {
  expect(groupsOf(undefined)).toEqual([])
})
