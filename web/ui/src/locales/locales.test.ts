import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import de from './de.json'
import en from './en.json'

const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).sort()
const source = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')

describe('every language', () => {
  it('has the same texts, in the order of their keys', () => {
    expect(Object.keys(de)).toEqual(Object.keys(en))
    const sorted = Object.keys(en).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    expect(Object.keys(en)).toEqual(sorted)
  })

  it('has no empty text and fills the same holes', () => {
    for (const [key, text] of Object.entries(en)) {
      const other = de[key as keyof typeof de]
      expect(text.trim() && other.trim(), key).toBeTruthy()
      expect(holes(other), key).toEqual(holes(text))
    }
  })

  it('has a sentence for every problem that the server can name', () => {
    const codes = [
      ...`${source('appliance/errors.py')}${source('web/problems.py')}`.matchAll(/ code = "([a-z_]+)"/g),
    ].map((match) => match[1]!)
    expect(codes.length).toBeGreaterThan(20)
    expect(codes.filter((code) => !(`error.${code}` in en))).toEqual([])
  })
})
