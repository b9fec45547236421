import { Check } from 'lucide-react'
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import type { Asset } from '@/api/types'
import { stepTarget } from './order'
import { useDrag } from './use-drag'
import './arrange.css'

type BoardProps = {
  assets: readonly Asset[]
  chosen: ReadonlySet<string>
  onToggle: (id: string) => void
  /** Moves what is chosen, or one alone, before another or behind all. */
  onMove: (ids: ReadonlySet<string>, before: string | null) => void
  /** Set while a picture is asked for that the chosen ones are to stand before. */
  onPlace: ((before: string) => void) | null
  hasMore: boolean
  onWantMore: () => void
}

/** The pictures of an album as tiles that can be chosen and moved, with the pointer or with keys. */
export function ArrangeBoard(props: BoardProps) {
  const { assets, chosen, onToggle, onMove, onPlace } = props
  const { t } = useTranslation()
  const list = useRef<HTMLUListElement>(null)
  const [current, setCurrent] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const with_ = useCallback((id: string) => (chosen.has(id) ? chosen : new Set([id])), [chosen])
  const drag = useDrag(list, (id, before) => onMove(with_(id), before))
  const sentinel = useSentinel(props.hasMore, props.onWantMore)
  const tabStop = assets.some((asset) => asset.id === current) ? current : (assets[0]?.id ?? null)

  const focusOn = (id: string | undefined) => {
    if (id === undefined) return
    setCurrent(id)
    list.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const index = assets.findIndex((asset) => asset.id === tabStop)
    const asset = assets[index]
    if (!asset || event.ctrlKey || event.metaKey) return
    const steps: Partial<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columnsOf(list.current),
      ArrowDown: columnsOf(list.current),
      Home: -index,
      End: assets.length - 1 - index,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    if (!event.altKey && !event.shiftKey) {
      focusOn(assets[Math.max(0, Math.min(assets.length - 1, index + step))]?.id)
      return
    }
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    const ids = with_(asset.id)
    const target = stepTarget(assets, ids, event.key === 'ArrowLeft' ? -1 : 1)
    if (target === undefined) return
    onMove(ids, target)
    setSaid(t('arrange.moved', { name: asset.filename }))
  }
  return (
    <>
      <p id="arrange-keys" className="visually-hidden">
        {t('arrange.keys')}
      </p>
      <ul
        ref={list}
        className="board"
        aria-label={t('arrange.list')}
        aria-describedby="arrange-keys"
        data-placing={onPlace !== null}
        onKeyDown={onKeyDown}
        {...drag.handlers}
      >
        {assets.map((asset, index) => (
          <Tile
            key={asset.id}
            asset={asset}
            number={index + 1}
            isChosen={chosen.has(asset.id)}
            isTabStop={asset.id === tabStop}
            isDragged={drag.dragged !== null && with_(drag.dragged).has(asset.id)}
            edge={drag.over?.id === asset.id ? drag.over.edge : undefined}
            onFocus={setCurrent}
            onPress={(id) => (onPlace && !chosen.has(id) ? onPlace(id) : onToggle(id))}
          />
        ))}
      </ul>
      {props.hasMore && <div ref={sentinel} className="board-end" />}
      <p role="status" className="visually-hidden">
        {said}
      </p>
    </>
  )
}

/** Asks for more when the end of what was fetched comes near. */
function useSentinel(hasMore: boolean, onWantMore: () => void) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!hasMore || !end.current) return
    const observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && onWantMore(), {
      rootMargin: '1200px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [hasMore, onWantMore])
  return end
}

function columnsOf(list: HTMLElement | null): number {
  return list ? getComputedStyle(list).gridTemplateColumns.split(' ').length : 1
}

type TileProps = {
  asset: Asset
  number: number
  isChosen: boolean
  isTabStop: boolean
  isDragged: boolean
  edge: 'before' | 'after' | undefined
  onFocus: (id: string) => void
  onPress: (id: string) => void
}

function Tile({ asset, number, isChosen, isTabStop, isDragged, edge, onFocus, onPress }: TileProps) {
  const { t } = useTranslation()
  return (
    <li className="tile" data-dragged={isDragged} data-edge={edge}>
      <button
        type="button"
        className="tile-face"
        data-id={asset.id}
        aria-pressed={isChosen}
        aria-label={t('arrange.tile', { number, name: asset.filename })}
        tabIndex={isTabStop ? 0 : -1}
        style={{ backgroundColor: asset.mean_color }}
        onFocus={() => onFocus(asset.id)}
        onClick={() => onPress(asset.id)}
      >
        <img alt="" loading="lazy" decoding="async" draggable={false} src={mediaUrl(asset, 240)} />
        <span className="tile-check" aria-hidden>
          <Check size={16} strokeWidth={3} />
        </span>
      </button>
    </li>
  )
}
