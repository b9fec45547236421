import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { chooseAll, chooseRange, clear, dropChosen, selection, toggle, updateChosen, type Choice } from './selection'

const item = (index: number) => ({ id: `p${index}`, filename: `${index}.jpg`, favourite: false, mine: true })
const list = (count: number): Choice => ({
  count,
  item: (index) => (index < count ? item(index) : null),
  indexOf: (id) => Number(id.slice(1)),
})
/** Of which only some are known, until they are asked for. */
function lazily(count: number, isKnown: (index: number) => boolean): Choice & { fetch: () => void; asked: string[] } {
  const fetched = new Set<number>()
  const asked: string[] = []
  let fetch = () => {}
  return {
    count,
    asked,
    item: (index) => (isKnown(index) || fetched.has(index) ? item(index) : null),
    indexOf: (id) => (id === '' ? -1 : Number(id.slice(1))),
    ready: (from, to) =>
      new Promise((resolve) => {
        asked.push(`${from}-${to}`)
        fetch = () => {
          for (let i = from; i < to; i++) fetched.add(i)
          resolve()
        }
      }),
    fetch: () => fetch(),
  }
}
const chosen = (): string[] => [...selection.get().keys()]
const settled = () => new Promise((resolve) => setTimeout(resolve))

beforeEach(clear)

describe('choosing one by one', () => {
  it('chooses, and no longer when asked again', () => {
    for (const index of [3, 1, 3, 2]) toggle(item(index), index)
    expect(chosen()).toEqual(['p1', 'p2'])
  })

  it('leaves the very same nothing behind, so that nothing is drawn anew', () => {
    const before = selection.get()
    toggle(item(1), 1)
    toggle(item(1), 1)
    expect(selection.get()).toBe(before)
  })

  it('forgets what left the screen, and learns what was changed', () => {
    toggle(item(1), 1)
    toggle(item(2), 2)
    updateChosen([{ ...item(2), favourite: true }, item(7)])
    dropChosen(['p1', 'p9'])
    expect([...selection.get().values()]).toEqual([{ ...item(2), favourite: true }])
  })
})

describe('a range', () => {
  it('goes from the last chosen one to here, wherever here is', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.array(fc.nat(30), { minLength: 1, maxLength: 5 }), (first, ends) => {
        clear()
        toggle(item(first), first)
        for (const end of ends) void chooseRange(list(31), end)
        const last = ends.at(-1)!
        const [low, high] = [Math.min(first, last), Math.max(first, last)]
        expect(new Set(chosen())).toEqual(new Set(Array.from({ length: high - low + 1 }, (_, k) => `p${low + k}`)))
        expect(chosen()[0]).toBe(`p${first}`)
      }),
    )
  })

  it('keeps what was chosen before it', () => {
    toggle(item(9), 9)
    toggle(item(2), 2)
    void chooseRange(list(10), 5)
    void chooseRange(list(10), 3)
    expect(chosen()).toEqual(['p9', 'p2', 'p3'])
  })

  it('begins where the focus was when nothing was chosen', () => {
    void chooseRange(list(10), 4, 3)
    void chooseRange(list(10), 5)
    expect(chosen()).toEqual(['p3', 'p4', 'p5'])
  })

  it('fetches those in it that are not known yet, and then has them all in order', async () => {
    const choice = lazily(10, (index) => index < 3 || index > 7)
    toggle(item(1), 1)
    const done = chooseRange(choice, 8)
    expect(chosen()).toEqual(['p1', 'p2', 'p8'])
    choice.fetch()
    await done
    expect(choice.asked).toEqual(['1-9'])
    expect(chosen()).toEqual(['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8'])
  })

  it('does not come back when it was given up while it was fetched', async () => {
    const choice = lazily(10, (index) => index < 3)
    toggle(item(1), 1)
    void chooseRange(choice, 8)
    clear()
    choice.fetch()
    await settled()
    expect(chosen()).toEqual([])
  })

  it('follows its beginning when pictures arrive before it', () => {
    toggle(item(4), 4)
    const shifted: Choice = { ...list(20), item: (index) => item(index - 2), indexOf: (id) => Number(id.slice(1)) + 2 }
    void chooseRange(shifted, 8)
    expect(chosen()).toEqual(['p4', 'p5', 'p6'])
  })
})

describe('everything', () => {
  it('is what is known and, of a library that can be fetched, the rest', async () => {
    const choice = lazily(6, (index) => index < 2)
    const done = chooseAll(choice)
    expect(chosen()).toEqual(['p0', 'p1'])
    choice.fetch()
    await done
    expect(chosen()).toHaveLength(6)
  })

  it('does not fetch half a million to be chosen', async () => {
    const choice = lazily(500_000, (index) => index < 2)
    await chooseAll(choice)
    expect(chosen()).toEqual(['p0', 'p1'])
    expect(choice.asked).toEqual([])
  })
})
