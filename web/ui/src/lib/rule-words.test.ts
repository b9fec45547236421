import { describe, expect, it } from 'vitest'
import type { Narrowing } from '@/api/types'
import { ruleOf, ruleParts, tagsOf } from './rule-words'

const NOTHING = { folder: null, favourite: false, untagged: false, rating: null } as Narrowing

describe('a rule', () => {
  it('is what it says, and nothing of what it does not', () => {
    expect(ruleOf({ ...NOTHING, tag: 'sea', favourite: true })).toEqual({ tag: 'sea', favourite: true })
    expect(ruleOf({ ...NOTHING, camera: '' })).toEqual({ camera: '' })
  })

  it('is read in words, in one order', () => {
    const parts = ruleParts({ rating: 4, min_bytes: 5_000_000, tag: 'sea,lake', from: '2020-05-01' }, [], 'en-GB')
    expect(parts.map(({ member, value }) => [member, value])).toEqual([
      ['tag', 'sea, lake'],
      ['from', '1 May 2020'],
      ['rating', '★★★★'],
      ['min_bytes', '5 MB'],
    ])
    expect(ruleParts({ untagged: true }, [], 'en-GB')).toEqual([
      { member: 'untagged', label: 'rule.untagged', value: null },
    ])
  })

  it('has its tags one by one', () => {
    expect(tagsOf({ tag: 'sea,lake' })).toEqual(['sea', 'lake'])
    expect(tagsOf({})).toEqual([])
  })
})
