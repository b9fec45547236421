import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matching } from './matching'

const options = ['sea', 'seagull', 'the sea', 'Animal/Dog', 'animal/cat'].map((text) => ({ id: text, text }))
const texts = (words: string) => matching(options, words).map((option) => option.text)

it('finds what the words are in, what begins with them first', () => {
  expect(texts('Sea ')).toEqual(['sea', 'seagull', 'the sea'])
  expect(texts('dog')).toEqual(['Animal/Dog'])
  expect(texts('nothing')).toEqual([])
})

it('gives some of them for no words, and never one that does not fit', () => {
  expect(texts('')).toHaveLength(5)
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 30 }), fc.string(), (all, words) => {
      const found = matching(
        all.map((text, id) => ({ id: String(id), text })),
        words,
      )
      expect(found.length).toBeLessThanOrEqual(6)
      for (const { text } of found) expect(text.toLowerCase()).toContain(words.trim().toLowerCase())
    }),
  )
})
