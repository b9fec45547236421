import type { Tag } from '@/api/types'

/** A tag where it lies: how many tags of the list are above it, and what it is called below them. */
export type Twig = { tag: Tag; depth: number; label: string }

/** Tags in the order of a tree: `animal/dog` below `animal`, where there is such a one. */
export function treeOf(tags: readonly Tag[], locale: string): Twig[] {
  const collator = new Intl.Collator(locale, { numeric: true })
  const known = new Map(tags.map((tag) => [tag.name.toLowerCase(), tag]))
  const sorted = [...tags].sort((a, b) => {
    const [x, y] = [a.name.split('/'), b.name.split('/')]
    for (let i = 0; i < Math.min(x.length, y.length); i++) {
      const order = collator.compare(x[i] ?? '', y[i] ?? '')
      if (order !== 0) return order
    }
    return x.length - y.length
  })
  return sorted.map((tag) => {
    const parts = tag.name.split('/')
    let depth = 0
    let named = 0
    for (let i = 1; i < parts.length; i++)
      if (known.has(parts.slice(0, i).join('/').toLowerCase())) {
        depth += 1
        named = i
      }
    return { tag, depth, label: parts.slice(named).join(' / ') }
  })
}

const LEAST_REM = 0.875
const MOST_REM = 1.75

/** The size of a word in a cloud, in rem: by the number of its pictures, a tenfold number is one step. */
export function cloudSize(count: number, most: number): number {
  if (count <= 1 || most <= 1) return LEAST_REM
  return LEAST_REM + (MOST_REM - LEAST_REM) * (Math.log(Math.min(count, most)) / Math.log(most))
}
