import { outcomeOf, type Entry, type Outcome } from './entry'
import { pathOf } from './unfinished'

/** What needs a hand comes first. */
const ORDER: readonly Outcome[] = ['problem', 'moving', 'skipped', 'known', 'added']

/** What became of every file, as a text to keep: the counts, then each file under what became of it. */
export function accountText(
  entries: readonly Entry[],
  head: string,
  titleOf: (outcome: Outcome, count: number) => string,
  wordsOf: (entry: Entry) => string,
): string {
  const groups = ORDER.map((outcome) => [outcome, entries.filter((entry) => outcomeOf(entry) === outcome)] as const)
  const told = groups.filter(([, files]) => files.length > 0)
  const counts = told.map(([outcome, files]) => titleOf(outcome, files.length))
  const parts = told.map(([, files], i) =>
    [counts[i], ...files.map((entry) => `  ${pathOf(entry)} – ${wordsOf(entry)}`)].join('\n'),
  )
  return `${[`${head}\n${counts.join(' · ')}`, ...parts].join('\n\n')}\n`
}

/** The order of the list: what is being sent, what needs a hand, and the others as they came. */
export function inOrder(entries: readonly Entry[], only: Outcome | null): Entry[] {
  const ranks: [Entry[], Entry[], Entry[]] = [[], [], []]
  for (const entry of entries) {
    const outcome = outcomeOf(entry)
    if (only !== null && outcome !== only) continue
    const isSent = entry.state === 'uploading' || entry.state === 'paused'
    ranks[isSent ? 0 : outcome === 'problem' ? 1 : 2].push(entry)
  }
  return ranks.flat()
}
