import { useCallback, useLayoutEffect, useRef, useState, type FocusEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Entry } from './entry'
import { UploadRow, type RowActions } from './upload-row'

/** As high as `.upload-row` is. */
const ROW_PX = 64
const MORE_ROWS = 4

/**
 * The files of the tray. Only those near the part that is looked at are in the document, so that thousands cost as much
 * as a dozen.
 */
export function TrayList({ rows, isPaused, ...actions }: RowActions & { rows: readonly Entry[]; isPaused: boolean }) {
  const { t } = useTranslation()
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const { top, height } = useView(box)
  const keepFocus = useKeptFocus(box)
  const from = Math.max(0, Math.floor(top / ROW_PX) - MORE_ROWS)
  const to = Math.min(rows.length, Math.ceil((top + height) / ROW_PX) + MORE_ROWS)
  return (
    // It can be scrolled by keys also where nothing in it can be pressed.
    <div ref={setBox} className="upload-scroll" tabIndex={0} role="group" aria-label={t('upload.list')} {...keepFocus}>
      <ul style={{ height: rows.length * ROW_PX, paddingTop: from * ROW_PX }}>
        {rows.slice(from, to).map((entry, i) => (
          <UploadRow
            key={entry.id}
            entry={entry}
            index={from + i}
            count={rows.length}
            isPaused={isPaused}
            {...actions}
          />
        ))}
      </ul>
    </div>
  )
}

/** What part of a scrolled box is looked at. */
function useView(box: HTMLElement | null): { top: number; height: number } {
  const [view, setView] = useState({ top: 0, height: 8 * ROW_PX })
  useLayoutEffect(() => {
    if (!box) return
    const look = () => setView({ top: box.scrollTop, height: box.clientHeight })
    const sizes = new ResizeObserver(look)
    sizes.observe(box)
    box.addEventListener('scroll', look, { passive: true })
    return () => {
      sizes.disconnect()
      box.removeEventListener('scroll', look)
    }
  }, [box])
  return view
}

/** The keyboard stays in the list when the button that it was on goes: its file moved on, or was scrolled away. */
function useKeptFocus(box: HTMLElement | null) {
  const isIn = useRef(false)
  useLayoutEffect(() => {
    if (isIn.current && document.activeElement === document.body) box?.focus({ preventScroll: true })
  })
  return {
    onFocus: useCallback(() => void (isIn.current = true), []),
    onBlur: useCallback(({ target, currentTarget }: FocusEvent) => {
      // A button that was taken away was not left.
      queueMicrotask(() => {
        if (target.isConnected) isIn.current = currentTarget.contains(document.activeElement)
      })
    }, []),
  }
}
