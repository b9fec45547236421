import { Sparkles, ThumbsDown, ThumbsUp } from 'lucide-react'
import { useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset, SearchHit } from '@/api/types'
import type { GridSource } from '@/components/photo-grid/source'
import { selection } from '@/lib/selection'
import { useStore } from '@/lib/store'
import type { Mark } from './refining'

/** What can be done with a picture of an answer, besides opening and choosing it. */
export type CellActs = {
  /** The mark of a picture, whether asked with already or not yet. */
  marks: ReadonlyMap<string, Mark>
  /** While marking, a press turns the mark round instead of opening the picture. */
  isMarking: boolean
  onMark: (id: string, mark: Mark | null) => void
  onLike: (id: string) => void
  onGroup: (group: string) => void
}

type ToolsProps = {
  source: GridSource<Asset>
  hits: ReadonlyMap<string, SearchHit>
  acts: CellActs
  children: ReactNode
}

type Place = { id: string; top: number; right: number }

/** From none to right, to wrong, to none again. */
export function nextMark(mark: Mark | undefined): Mark | null {
  if (mark === undefined) return 'right'
  return mark === 'right' ? 'wrong' : null
}

function cellOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null
}

/** What a key does to the picture that has the focus; null if it is none of these keys. */
function actOf(key: string, hit: SearchHit | undefined, id: string, acts: CellActs): (() => void) | null {
  const mark = acts.marks.get(id)
  if (key === '+') return () => acts.onMark(id, mark === 'right' ? null : 'right')
  if (key === '-') return () => acts.onMark(id, mark === 'wrong' ? null : 'wrong')
  if (key === '.') return () => acts.onLike(id)
  if (key === 'Enter' && acts.isMarking) return () => acts.onMark(id, nextMark(mark))
  const group = hit?.group
  return key === 'g' && group ? () => acts.onGroup(group.id) : null
}

/**
 * Around a grid of found pictures: signs on the one that is pointed at, keys on the one that has the focus, and the
 * number of look-alikes that a picture stands for, which opens them.
 */
export function CellTools({ source, hits, acts, children }: ToolsProps) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<Place | null>(null)
  const isChoosing = useStore(selection).size > 0
  const idAt = (target: EventTarget) => source.item(Number(cellOf(target)?.dataset['index'] ?? -1))?.id

  const onPointerOver = (event: PointerEvent) => {
    if (event.pointerType !== 'mouse') return
    const id = idAt(event.target)
    const cell = cellOf(event.target)?.getBoundingClientRect()
    const around = box.current?.getBoundingClientRect()
    if (id === undefined || !cell || !around) return
    setPlace({ id, top: cell.top - around.top, right: around.right - cell.right })
  }
  const onClickCapture = (event: MouseEvent) => {
    const id = idAt(event.target)
    if (id === undefined || event.button !== 0) return
    const group = hits.get(id)?.group
    const onGroup = event.target instanceof Element && event.target.closest('[data-mark=alike]') !== null
    if (!(onGroup && group) && !acts.isMarking) return
    event.preventDefault()
    event.stopPropagation()
    if (onGroup && group) acts.onGroup(group.id)
    else acts.onMark(id, nextMark(acts.marks.get(id)))
  }
  const onKeyDownCapture = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const id = idAt(event.target)
    const act = id === undefined ? null : actOf(event.key, hits.get(id), id, acts)
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  const shown = place && !isChoosing && !acts.isMarking && source.indexOf(place.id) >= 0 ? place : null
  const mark = shown ? acts.marks.get(shown.id) : undefined
  return (
    <div
      ref={box}
      className="cell-box"
      data-marking={acts.isMarking}
      onPointerOver={onPointerOver}
      onPointerLeave={() => setPlace(null)}
      onClickCapture={onClickCapture}
      onKeyDownCapture={onKeyDownCapture}
    >
      {children}
      {shown && (
        <div className="cell-tools" style={{ top: shown.top, right: shown.right }}>
          <button
            type="button"
            tabIndex={-1}
            aria-pressed={mark === 'right'}
            aria-label={t('mark.right')}
            title={t('mark.right')}
            onClick={() => acts.onMark(shown.id, mark === 'right' ? null : 'right')}
          >
            <ThumbsUp size={16} aria-hidden />
          </button>
          <button
            type="button"
            tabIndex={-1}
            aria-pressed={mark === 'wrong'}
            aria-label={t('mark.wrong')}
            title={t('mark.wrong')}
            onClick={() => acts.onMark(shown.id, mark === 'wrong' ? null : 'wrong')}
          >
            <ThumbsDown size={16} aria-hidden />
          </button>
          <button
            type="button"
            tabIndex={-1}
            aria-label={t('mark.like')}
            title={t('mark.like')}
            onClick={() => acts.onLike(shown.id)}
          >
            <Sparkles size={16} aria-hidden />
          </button>
        </div>
      )}
    </div>
  )
}
