/** Something that can be picked; `note` says more about it. */
export type Option = { id: string; text: string; note?: string }

const MOST = 6

/** The options that the words fit, those that begin with them first; all of them, as far as there is room, without any. */
export function matching(options: readonly Option[], words: string): Option[] {
  const wanted = words.trim().toLowerCase()
  const placed = options.flatMap((option) => {
    const at = option.text.toLowerCase().indexOf(wanted)
    return at < 0 ? [] : [{ option, isFirst: at === 0 }]
  })
  return [...placed.filter((each) => each.isFirst), ...placed.filter((each) => !each.isFirst)]
    .slice(0, MOST)
    .map((each) => each.option)
}
