/**
 * What is written in the box, taken apart as the server does it (`appliance/library/query_syntax.py`), with where each
 * part stands. `query-cases.json` holds both to the same reading.
 */

/** From one place of a text to another, in JavaScript's own units. */
export type Span = { start: number; end: number }

/** Words that belong together; a negative weight means "not that". */
export type Words = { kind: 'words'; text: string; weight: number; quoted: boolean; spans: Span[] }
/** `name:value,other`; negated: none of the values. */
export type Clause = { kind: 'filter'; name: FilterName; values: string[]; negated: boolean; spans: Span[] }
export type Part = Words | Clause

export const FILTERS = [
  'album',
  'after',
  'before',
  'camera',
  'expires',
  'folder',
  'is',
  'larger',
  'lens',
  'name',
  'orientation',
  'owner',
  'rating',
  'smaller',
  'tag',
  'type',
  'uploaded',
  'year',
] as const
export type FilterName = (typeof FILTERS)[number]

const MAX_WEIGHT = 10
const QUOTES = '"“”„‟«»'
const MINUS = '-−–'
const WEIGHT = /(\d{1,6}(?:[.,]\d{1,6})?)\s*\*\s*(?=\S)/y
const FIELD = /([A-Za-z]{1,30}):/y
const BARE = new RegExp(`[^\\s,${QUOTES}]+`, 'y')
const WHOLLY_BARE = new RegExp(`^[^\\s,${QUOTES}]+$`)
const CONTROL = /[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/gu
const BLANK = /[^\S\ufeff]/

function isFilterName(name: string): name is FilterName {
  return (FILTERS as readonly string[]).includes(name)
}

/** The parts of a text, in their order; never fails. */
export function readQuery(text: string): Part[] {
  return new Reader(text.replace(CONTROL, ' ')).read()
}

class Reader {
  readonly #text: string
  #at = 0
  readonly #parts: Part[] = []
  #run: Words | null = null
  /** Where among the parts the run of words began. */
  #place = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Part[] {
    while (this.#skipBlanks()) {
      if (this.#lone('+')) this.#endRun()
      else if (!this.#lone(MINUS)) this.#readPart()
    }
    this.#endRun()
    return this.#parts
  }

  #readPart(): void {
    const start = this.#at
    if (this.#sign() === '+') {
      this.#at += 1
      this.#endRun()
    }
    const negated = MINUS.includes(this.#sign()) && this.#hasMore(1)
    if (negated) this.#at += 1
    const weight = this.#readWeight()
    if (this.#readClause(start, negated)) return
    const factor = (weight ?? 1) * (negated ? -1 : 1)
    if (QUOTES.includes(this.#sign())) {
      const said = this.#readQuoted().split(BLANK).filter(Boolean).join(' ')
      this.#add(said, factor, true, start)
    } else if (negated) this.#add(this.#readWord(), factor, false, start)
    else {
      if (weight !== null) this.#endRun()
      this.#runOn(this.#readWord(), factor, start)
    }
  }

  #runOn(word: string, weight: number, start: number): void {
    const span = { start, end: this.#at }
    if (this.#run) {
      this.#run.text += ` ${word}`
      this.#run.spans.push(span)
    } else if (weight !== 0) {
      this.#place = this.#parts.length
      this.#run = { kind: 'words', text: word, weight, quoted: false, spans: [span] }
    }
  }

  #endRun(): void {
    if (this.#run) this.#parts.splice(this.#place, 0, this.#run)
    this.#run = null
  }

  #add(text: string, weight: number, quoted: boolean, start: number): void {
    if (weight > 0) this.#endRun()
    if (text !== '' && weight !== 0)
      this.#parts.push({ kind: 'words', text, weight, quoted, spans: [{ start, end: this.#at }] })
  }

  #readWord(): string {
    const start = this.#at
    while (this.#hasMore() && !BLANK.test(this.#sign()) && !QUOTES.includes(this.#sign())) this.#at += 1
    return this.#text.slice(start, this.#at)
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)
  }

  #readWeight(): number | null {
    const found = this.#match(WEIGHT)
    if (!found) return null
    this.#at += found[0].length
    return Math.min(Number(found[1]?.replace(',', '.')), MAX_WEIGHT)
  }

  #readQuoted(): string {
    let said = ''
    this.#at += 1
    while (this.#hasMore()) {
      let sign = this.#sign()
      this.#at += 1
      if (QUOTES.includes(sign)) return said
      if (sign === '\\' && this.#hasMore()) {
        sign = this.#sign()
        this.#at += 1
      }
      said += sign
    }
    return said
  }

  #readClause(start: number, negated: boolean): boolean {
    const found = this.#match(FIELD)
    const name = found?.[1]?.toLowerCase() ?? ''
    if (!found || !isFilterName(name)) return false
    this.#at += found[0].length
    const values = this.#readValues()
    if (values.length > 0)
      this.#parts.push({ kind: 'filter', name, values, negated, spans: [{ start, end: this.#at }] })
    return true
  }

  #readValues(): string[] {
    const values: string[] = []
    while (this.#skipBlanks()) {
      const bare = this.#match(BARE)
      if (QUOTES.includes(this.#sign())) values.push(this.#readQuoted())
      else if (bare) {
        this.#at += bare[0].length
        values.push(bare[0])
      }
      if (!this.#hasMore() || this.#sign() !== ',') break
      this.#at += 1
    }
    return values
  }

  #skipBlanks(): boolean {
    while (this.#hasMore() && BLANK.test(this.#sign())) this.#at += 1
    return this.#hasMore()
  }

  #lone(signs: string): boolean {
    const isLone = signs.includes(this.#sign()) && (!this.#hasMore(1) || BLANK.test(this.#text.charAt(this.#at + 1)))
    if (isLone) this.#at += 1
    return isLone
  }

  /** Only asked where there is one, or where none is like one that is a blank. */
  #sign(): string {
    return this.#text.charAt(this.#at) || ' '
  }

  #hasMore(ahead = 0): boolean {
    return this.#at + ahead < this.#text.length
  }
}

const quoted = (text: string): string => `"${text.replace(/[\\"“”„‟«»]/g, '\\$&')}"`

function factor(weight: number): string {
  const sign = weight < 0 ? '-' : ''
  const size = Math.abs(weight)
  return size === 1 ? sign : `${sign}${size.toFixed(6).replace(/\.?0+$/, '')}*`
}

/** A clause or words as they would be written; `+` before words that would run on with those before is not part of it. */
export function writePart(part: Omit<Words, 'spans'> | Omit<Clause, 'spans'>): string {
  if (part.kind === 'words') return factor(part.weight) + (part.quoted ? quoted(part.text) : part.text)
  const values = part.values.map((value) => (WHOLLY_BARE.test(value) ? value : quoted(value)))
  return `${part.negated ? '-' : ''}${part.name}:${values.join(',')}`
}

/** Parts as one text: reading it gives them again, if need be with words in quotes that had none. */
export function writeQuery(parts: readonly Part[]): string {
  const plain = joined(parts)
  if (isSame(readQuery(plain), parts)) return plain
  return joined(parts.map((part) => (part.kind === 'words' ? { ...part, quoted: true } : part)))
}

function joined(parts: readonly Part[]): string {
  const written: string[] = []
  let isInRun = false
  for (const part of parts) {
    if (part.kind === 'words') {
      if (isInRun && !part.quoted && part.weight === 1) written.push('+')
      if (part.weight > 0) isInRun = !part.quoted
    }
    written.push(writePart(part))
  }
  return written.join(' ')
}

/** Whether parts say the same, wherever they stand in their texts. */
export function isSame(some: readonly Part[], others: readonly Part[]): boolean {
  return some.length === others.length && some.every((part, i) => writePart(part) === writePart(others[i] ?? part))
}
