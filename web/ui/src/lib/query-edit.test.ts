import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import cases from './query-cases.json'
import { accepted, charactersAt, mended, mendedPart, unitsAt, withoutPart, withPart, type Flaw } from './query-edit'
import { isSame, readQuery, writeQuery, type Part } from './query-text'

/** What people write, in every order; and now and then anything at all. */
const piece = fc.oneof(
  fc.constantFrom('red', 'bike', '🚲', 'שקיעה', '12:30', 'C++', '+', '-', '2*', '-helmet', '-2*"old town"', '2*beach'),
  fc.constantFrom('"old  town"', '„alte Stadt“', 'tag:sea,lake', '-folder:"My Work"', 'is:', 'camera:""', '+x', '0*a'),
  fc.constantFrom('"open', 'year:2019..2021', 'foldr:x', '\\"', '2 * x', '-–', ',', 'tag:a"b"', '+-x', '+tag:x'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)
const texts = fc
  .array(piece, { maxLength: 9 })
  .chain((pieces) =>
    fc
      .array(fc.constantFrom(' ', '  ', ''), { minLength: pieces.length, maxLength: pieces.length })
      .map((gaps) => pieces.map((one, i) => one + (gaps[i] ?? '')).join('')),
  )

const inQuotes = (parts: Part[]): Part[] =>
  parts.map((part) => (part.kind === 'words' ? { ...part, quoted: true } : part))

describe('reading a query', () => {
  it.each(cases.map(({ text, parts }) => [text, parts] as const))(
    'takes %j apart as the server does',
    (text, parts) => {
      const read = readQuery(text).map((part) =>
        part.kind === 'words' ? [part.text, part.weight, part.quoted] : [part.name, part.values, part.negated],
      )
      expect(read).toEqual(parts)
    },
  )

  it('knows where each part stands', () => {
    const text = '2*red -"old town" bike  tag:a, b'
    expect(readQuery(text).map(({ spans }) => spans.map(({ start, end }) => text.slice(start, end)))).toEqual([
      ['2*red', 'bike'],
      ['-"old town"'],
      ['tag:a, b'],
    ])
  })

  it('is the way back from writing', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parts = readQuery(text)
        expect(isSame(inQuotes(readQuery(writeQuery(parts))), inQuotes(parts))).toBe(true)
      }),
    )
  })
})

describe('taking a part away', () => {
  it.each([
    ['red bike -helmet', 1, 'red bike'],
    ['red bike -helmet', 0, '-helmet'],
    ['red -helmet bike', 0, '-helmet'],
    ['red -helmet bike', 1, 'red bike'],
    ['2*beach + sunset -people', 0, 'sunset -people'],
    ['2*beach + sunset -people', 1, '2*beach -people'],
    ['a "old town" b', 1, 'a + b'],
    ['a + 2*b + c', 1, 'a + c'],
    ['+ a + b', 0, 'b'],
    ['a  tag:x,y   b is:favourite', 1, 'a b is:favourite'],
    ['dog before:yesterdy', 0, 'before:yesterdy'],
    ['tag: dog', 0, ''],
  ])('%j without its part %i is %j', (text, index, left) => {
    expect(withoutPart(text, index)).toBe(left)
  })

  it('leaves all the others', () => {
    fc.assert(
      fc.property(texts, fc.nat(8), (text, index) => {
        const parts = readQuery(text)
        fc.pre(index < parts.length)
        const left = inQuotes(parts.filter((_, i) => i !== index))
        expect(isSame(inQuotes(readQuery(withoutPart(text, index))), left)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('ends with nothing, in whichever order', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(20), { minLength: 10, maxLength: 10 }), (text, order) => {
        let left = text
        for (const one of order) {
          const count = readQuery(left).length
          if (count === 0) break
          left = withoutPart(left, one % count)
          expect(readQuery(left)).toHaveLength(count - 1)
        }
      }),
    )
  })

  it('changes nothing where there is no such part', () => {
    expect(withoutPart('red', 1)).toBe('red')
  })
})

describe('what is not understood', () => {
  const flaw = (start: number, end: number, code: string, meant: string): Flaw => ({ start, end, code, meant })

  it.each([
    ['dog before:yesterdy', flaw(4, 19, 'value.date', 'before:yesterday'), 'dog before:yesterday'],
    ['🚲 before:yesterdy x', flaw(2, 18, 'value.date', 'before:yesterday'), '🚲 before:yesterday x'],
    ['red -foldr:Holiday', flaw(4, 11, 'filter.unknown', 'folder:'), 'red -folder:Holiday'],
    ['red "old town', flaw(4, 13, 'quote.open', '"'), 'red "old town"'],
    ['99 * red', flaw(0, 5, 'weight.large', '10*'), '10* red'],
    ['-2*tag:red', flaw(0, 10, 'filter.weight', 'tag:'), '-tag:red'],
    ['a +is:favorit b', flaw(2, 13, 'value.is', 'is:favourite'), 'a +is:favourite b'],
  ])('%j is mended', (text, one, better) => {
    expect(mended(text, one)).toBe(better)
  })

  it.each([
    ['year:2019,foo', flaw(0, 13, 'value.date', 'year:2026')],
    ['red tag:', flaw(4, 8, 'filter.empty', 'tag:…')],
    ['0*x', flaw(0, 3, 'weight.zero', '')],
    ['a b', flaw(0, 3, 'words.many', '')],
  ])('%j is left as it is, as nobody can tell what was meant', (text, one) => {
    expect(mendedPart(text, one)).toBeNull()
    expect(mended(text, one)).toBe(text)
  })
})

describe('going on with a suggestion', () => {
  it('puts it in its place, and the cursor behind it', () => {
    expect(accepted('red tag:su', { start: 4, end: 10, text: 'tag:sunset' })).toEqual({
      text: 'red tag:sunset ',
      at: 15,
    })
    expect(accepted('🚲 su x', { start: 2, end: 4, text: 'tag:sun' })).toEqual({ text: '🚲 tag:sun x', at: 11 })
    expect(accepted('fol', { start: 0, end: 3, text: 'folder:' })).toEqual({ text: 'folder:', at: 7 })
  })

  it('counts as the server does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, count) => {
        const most = Math.min(count, Array.from(text).length)
        expect(charactersAt(text, unitsAt(text, count))).toBe(most)
      }),
    )
  })

  it('adds a part behind the others', () => {
    expect([withPart('', 'tag:a'), withPart('red ', 'tag:a')]).toEqual(['tag:a', 'red tag:a'])
  })
})
