import { describe, expect, it } from 'vitest'
import type { Tag } from '@/api/types'
import { cloudSize, treeOf } from './tree'

const tag = (name: string): Tag => ({ id: name, name, color: null, count: 1, count_below: 1, mine: true })

describe('the tree of tags', () => {
  it('has what lies below a tag right behind it', () => {
    const twigs = treeOf(['sea', 'animal/dog', 'animal', 'animal-farm', 'animal/cat/old'].map(tag), 'en-GB')
    expect(twigs.map(({ depth, label }) => `${'-'.repeat(depth)}${label}`)).toEqual([
      'animal',
      '-cat / old',
      '-dog',
      'animal-farm',
      'sea',
    ])
  })

  it('says the whole name where nothing is above it', () => {
    expect(treeOf([tag('holiday/italy')], 'en-GB')).toMatchObject([{ depth: 0, label: 'holiday / italy' }])
  })
})

describe('the size of a word in the cloud', () => {
  it('grows with its pictures, from the least to the most', () => {
    expect(cloudSize(0, 100)).toBe(0.875)
    expect(cloudSize(100, 100)).toBe(1.75)
    expect(cloudSize(10, 100)).toBeCloseTo((0.875 + 1.75) / 2)
    expect(cloudSize(1, 1)).toBe(0.875)
  })
})
