import type { Texts } from '@/lib/i18n'

type KeyWord = Extract<keyof Texts, `keys.key.${string}`>
type Words = Extract<keyof Texts, `keys.${string}`>

/** One way to press something: keys held together. A name in the locales, or the sign itself. */
export type Press = readonly (KeyWord | { sign: string })[]

export type Area = {
  title: Extract<keyof Texts, `keys.area.${string}`>
  keys: readonly { presses: readonly Press[]; does: Words }[]
}

const sign = (text: string): Press => [{ sign: text }]

/** Every key of the page, by the part of it where it works. Whoever adds a key adds its line. */
export const AREAS: readonly Area[] = [
  {
    title: 'keys.area.everywhere',
    keys: [
      { presses: [sign('/')], does: 'keys.search' },
      { presses: [['keys.key.ctrl', { sign: 'Z' }]], does: 'keys.undo' },
      { presses: [['keys.key.escape']], does: 'keys.close' },
      { presses: [sign('?')], does: 'keys.overlay' },
    ],
  },
  {
    title: 'keys.area.grid',
    keys: [
      {
        presses: [['keys.key.left'], ['keys.key.right'], ['keys.key.up'], ['keys.key.down']],
        does: 'keys.move',
      },
      { presses: [['keys.key.home'], ['keys.key.end']], does: 'keys.ends' },
      { presses: [['keys.key.enter']], does: 'keys.open' },
      { presses: [sign('.')], does: 'keys.like' },
      { presses: [sign('+'), sign('-')], does: 'keys.rightWrong' },
      { presses: [sign('G')], does: 'keys.group' },
      { presses: [['keys.key.space']], does: 'keys.choose' },
      {
        presses: [
          ['keys.key.shift', 'keys.key.right'],
          ['keys.key.shift', 'keys.key.space'],
        ],
        does: 'keys.chooseRange',
      },
      { presses: [['keys.key.ctrl', { sign: 'A' }]], does: 'keys.chooseAll' },
      { presses: [['keys.key.escape']], does: 'keys.chooseNone' },
    ],
  },
  {
    title: 'keys.area.chosen',
    keys: [
      { presses: [sign('f')], does: 'keys.chosen.favourite' },
      { presses: [sign('t')], does: 'keys.chosen.tags' },
      { presses: [sign('m')], does: 'keys.chosen.move' },
      { presses: [sign('a')], does: 'keys.chosen.album' },
      { presses: [sign('0'), sign('5')], does: 'keys.chosen.stars' },
      { presses: [sign('d')], does: 'keys.chosen.download' },
      { presses: [['keys.key.delete']], does: 'keys.trash' },
    ],
  },
  {
    title: 'keys.area.viewer',
    keys: [
      { presses: [['keys.key.left'], ['keys.key.right']], does: 'keys.next' },
      { presses: [sign('+'), sign('-')], does: 'keys.zoom' },
      { presses: [sign('0')], does: 'keys.whole' },
      { presses: [sign('z')], does: 'keys.actual' },
      { presses: [['keys.key.up'], ['keys.key.down']], does: 'keys.pan' },
      { presses: [sign('1'), sign('2'), sign('3'), sign('4'), sign('5')], does: 'keys.stars' },
      { presses: [sign('f')], does: 'keys.favourite' },
      { presses: [sign('d')], does: 'keys.download' },
      { presses: [sign('i')], does: 'keys.details' },
      { presses: [sign('.')], does: 'keys.like' },
      { presses: [['keys.key.delete']], does: 'keys.trash' },
    ],
  },
]
