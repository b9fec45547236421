import { lazy, Suspense, useState } from 'react'
import type { Album, Narrowing } from '@/api/types'
import { ChoiceBar } from '@/components/choice-bar'
import { useMay } from '@/lib/auth'
import { lookAt } from '@/lib/edits'
import { chooseAll, selection, type Choice, type ChosenItem } from '@/lib/selection'
import { useStore } from '@/lib/store'
import { showToast } from '@/lib/toasts'
import { useKeptFocus } from '@/lib/use-kept-focus'
import { useProblemText } from '@/lib/use-problem-text'
import { ActionButtons } from './action-buttons'
import type { SheetKind } from './sheets'
import { countOf, type Target, type Whole } from './target'
import { useActionKeys } from './use-action-keys'
import { useActions, type Actions } from './use-actions'

const ActionSheet = lazy(() => import('./sheets'))

/** What the pictures of a screen are. */
export type ActionScope = {
  /** What finds all of them; null where no filter does, as with words. */
  filter: Narrowing | null
  /** The album that is shown. */
  album?: Album
  /** Whether it shows what leaves by itself: then keeping comes first. */
  isLeaving?: boolean
}

type BarProps = {
  /** The pictures of the screen, in its order; not complete while more are to come at the end. */
  source: Choice & { complete?: boolean }
  scope: ActionScope
  onMoreLikeThis?: (id: string) => void
}

/** All of the screen that a filter finds, chosen at once; no longer so when some are taken out of the choice. */
function useWhole(filter: Narrowing | null, source: Choice, size: number) {
  const problemText = useProblemText()
  const [state, setState] = useState<{ whole: Whole; least: number } | null>(null)
  const isOut = state !== null && (size < state.least || JSON.stringify(state.whole.filter) !== JSON.stringify(filter))
  if (isOut) setState(null)
  // What the screen knows is fetched and marked little by little.
  else if (state !== null && size > state.least) setState({ ...state, least: size })
  return {
    whole: isOut ? null : (state?.whole ?? null),
    choose: () => {
      if (!filter) return
      lookAt(filter).then(
        ({ count, revision, tags }) => {
          setState({ whole: { filter, count, revision, tags }, least: selection.get().size })
          void chooseAll(source)
        },
        (error: unknown) => showToast(problemText(error)),
      )
    },
  }
}

const STARS = /^[0-5]$/

/** Does what a key means for these pictures; whether it means anything. */
function runKey(key: string, target: Target, actions: Actions, open: (kind: SheetKind) => void): boolean {
  const keys: Record<string, () => unknown> = {
    f: () => actions.favourite(target),
    t: () => open('tags'),
    m: () => open('move'),
    a: () => open('album'),
    Delete: () => actions.trash(target),
  }
  const run = STARS.test(key) ? () => actions.stars(target, key === '0' ? null : Number(key)) : keys[key]
  run?.()
  return run !== undefined
}

/**
 * What can be done with the chosen pictures: above the screen while any are chosen, and by keys, which also mean the
 * picture that has the focus.
 */
export function ActionBar({ source, scope, onMoreLikeThis }: BarProps) {
  const may = useMay()
  const chosen = useStore(selection)
  const actions = useActions()
  const { whole, choose } = useWhole(scope.filter, source, chosen.size)
  const [sheet, setSheet] = useState<{ kind: SheetKind; target: Target } | null>(null)
  useKeptFocus(source, chosen.size === 0)

  const items = [...chosen.values()]
  const target: Target = { items, whole }
  const open = (kind: SheetKind, about: Target) => setSheet({ kind, target: about })
  useActionKeys({
    itemAt: source.item,
    hasTarget: (focused) => items.length > 0 || focused !== null,
    onKey: (key, focused) => {
      const about: Target = items.length > 0 || !focused ? target : { items: [focused], whole: null }
      const one = focused ?? (items.length === 1 ? items[0] : undefined)
      if (key === '.' && one && onMoreLikeThis) onMoreLikeThis(one.id)
      else if (key === 'd') actions.download(about)
      else if (!may.add || !isAnyMine(about)) return false
      else return runKey(key, about, actions, (kind) => open(kind, about))
      return true
    },
  })
  const isMore = scope.filter !== null && whole === null && (source.complete === false || source.count > items.length)
  return (
    <>
      {items.length > 0 && (
        <ChoiceBar
          count={countOf(target)}
          all={isMore ? { total: source.complete === false ? null : source.count, choose } : null}
        >
          <ActionButtons
            target={target}
            scope={scope}
            mayChange={may.add && isAnyMine(target)}
            actions={actions}
            onSheet={(kind) => open(kind, target)}
          />
        </ChoiceBar>
      )}
      {sheet && (
        <Suspense>
          <ActionSheet
            kind={sheet.kind}
            target={sheet.target}
            count={countOf(sheet.target)}
            onChange={(changes, said) =>
              (sheet.kind === 'move' ? actions.runAndLetGo : actions.run)(sheet.target, changes, said)
            }
            onClose={() => setSheet(null)}
          />
        </Suspense>
      )}
    </>
  )
}

function isAnyMine({ items, whole }: { items: readonly ChosenItem[]; whole: Whole | null }): boolean {
  return whole !== null || items.some((item) => item.mine)
}
