/** Changes to what is written in the box that leave all else in it as it was written. */
import { isSame, readQuery, writeQuery, type Part, type Span } from './query-text'

/** A part of a query that the server does not understand; its places count characters, not units. */
export type Flaw = { start: number; end: number; code: string; meant: string }

/** Where the given character begins, in JavaScript's own units. */
export function unitsAt(text: string, characters: number): number {
  let at = 0
  for (let count = 0; at < text.length && count < characters; count += 1)
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return at
}

/** How many characters there are before a place that is given in JavaScript's own units. */
export function charactersAt(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length
}

/** Whether a `+` goes that stood before what is cut out, stays, or is put in its place. */
type Plus = 'drop' | 'keep' | 'put'

function cut(text: string, { start, end }: Span, plus: Plus): string {
  let before = text.slice(0, start).trimEnd()
  let after = text.slice(end).trimStart()
  if (plus === 'drop') {
    before = before.replace(/(^|\s)\+$/, '').trimEnd()
    if (before === '') after = after.replace(/^\+(\s+|$)/, '')
  }
  return [before, plus === 'put' ? '+' : '', after].filter((piece) => piece !== '').join(' ')
}

/** The text without one of its parts, the others meaning what they meant before. */
export function withoutPart(text: string, index: number): string {
  const parts = readQuery(text)
  const gone = parts[index]
  if (!gone) return text
  const left = parts.filter((_, i) => i !== index)
  for (const plus of ['drop', 'keep', 'put'] satisfies Plus[]) {
    const tried = cutAll(text, gone, plus)
    if (isSame(readQuery(tried), left)) return tried
  }
  return writeQuery(left)
}

/** Cut from behind, so that the places before stay true. */
function cutAll(text: string, part: Part, plus: Plus): string {
  return part.spans.reduceRight((left, span, i) => cut(left, span, plus === 'put' && i > 0 ? 'keep' : plus), text)
}

/** The text with a further part behind all others. */
export function withPart(text: string, written: string): string {
  return text.trim() === '' ? written : `${text.trimEnd()} ${written}`
}

/** What was written where something is not understood. */
export function saidAt(text: string, { start, end }: Flaw): string {
  return text.slice(unitsAt(text, start), unitsAt(text, end)).trim()
}

/** Flaws of which the rest of the text is to blame, or that nothing certain can be put in the place of. */
const NOT_MENDED = new Set(['words.many', 'filter.many', 'filter.empty', 'weight.zero', 'value.name'])

/** What to write in the place of something that is not understood; null where that can't be told. */
export function mendedPart(text: string, flaw: Flaw): string | null {
  if (flaw.meant === '' || NOT_MENDED.has(flaw.code)) return null
  const said = saidAt(text, flaw)
  const sign = /^\+?[-−–]?/.exec(said)?.[0] ?? ''
  switch (flaw.code) {
    case 'quote.open':
      return `${said}"`
    case 'filter.weight':
      return said.replace(/^(\+?[-−–]?)\d{1,6}(?:[.,]\d{1,6})?\s*\*\s*/, '$1')
    case 'filter.unknown':
    case 'weight.large':
      return sign + flaw.meant
    default: {
      // One of several values is wrong, and which one is not told.
      const [clause] = readQuery(said)
      const plus = said.startsWith('+') ? '+' : ''
      return clause?.kind === 'filter' && clause.values.length === 1 ? plus + flaw.meant : null
    }
  }
}

/** The text with what was meant in the place of what is not understood. */
export function mended(text: string, flaw: Flaw): string {
  const instead = mendedPart(text, flaw)
  if (instead === null) return text
  const [start, end] = [unitsAt(text, flaw.start), unitsAt(text, flaw.end)]
  // What was said is trimmed; the blanks around it stay.
  const written = text.slice(start, end)
  return text.slice(0, start) + written.replace(written.trim(), () => instead) + text.slice(end)
}

/** How a text goes on with a suggestion, and where the cursor is then; `start` and `end` count characters. */
export function accepted(
  text: string,
  suggestion: { start: number; end: number; text: string },
): { text: string; at: number } {
  const before = text.slice(0, unitsAt(text, suggestion.start)) + suggestion.text
  const after = text.slice(unitsAt(text, suggestion.end))
  // Behind a name and its colon a value is to follow; behind all else something new.
  if (suggestion.text.endsWith(':')) return { text: before + after, at: before.length }
  return { text: before + (/^\s/.test(after) ? after : ` ${after}`), at: before.length + 1 }
}
