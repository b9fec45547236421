import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from '@/lib/store'
import { closeToast, toasts, type Toast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'

const SHORT_MS = 6_000
const WITH_ACTION_MS = 12_000
/** What somebody who reads slowly needs for a sign. */
const READING_MS = 80

/** How long a message stays. */
function lifeOf(toast: Toast): number {
  return Math.max(toast.action ? WITH_ACTION_MS : SHORT_MS, toast.text.length * READING_MS)
}

/** Whether nobody looks: the page lies behind others, and what is said there would be missed. */
function useHidden(): boolean {
  const [isHidden, setIsHidden] = useState(document.hidden)
  useEffect(() => {
    const listen = () => setIsHidden(document.hidden)
    document.addEventListener('visibilitychange', listen)
    return () => document.removeEventListener('visibilitychange', listen)
  }, [])
  return isHidden
}

/** Where messages appear; `data-react-aria-top-layer` keeps it in reach while a dialog is open. */
export function Toaster() {
  const { t } = useTranslation()
  const shown = useStore(toasts)
  const cameFrom = useRef<Element | null>(null)
  const [isPointedAt, setIsPointedAt] = useState(false)
  const [hasFocus, setHasFocus] = useState(false)
  const isHidden = useHidden()
  // No browser tells that the focus or the pointer left something that is gone.
  const letGo = () => {
    setIsPointedAt(false)
    setHasFocus(false)
  }
  useEffect(() => {
    // A message that had the focus is gone: the keyboard goes on where it was before, or where the screen begins.
    if (cameFrom.current === null || document.activeElement !== document.body) return
    const wasSomewhere = cameFrom.current !== document.body && cameFrom.current.isConnected
    const back = wasSomewhere ? cameFrom.current : [...document.querySelectorAll('[data-focus-home]')].at(-1)
    cameFrom.current = null
    if (back instanceof HTMLElement) back.focus({ preventScroll: true })
  }, [shown])
  return (
    <div
      className="toasts"
      role="region"
      aria-label={t('toast.region')}
      aria-live="polite"
      data-react-aria-top-layer="true"
      onPointerOver={() => setIsPointedAt(true)}
      onPointerLeave={() => setIsPointedAt(false)}
      onBlur={(event) => setHasFocus(event.currentTarget.contains(event.relatedTarget))}
      onFocus={(event) => {
        setHasFocus(true)
        if (!event.currentTarget.contains(event.relatedTarget)) cameFrom.current = event.relatedTarget ?? document.body
      }}
    >
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} isHeld={isPointedAt || hasFocus || isHidden} onShut={letGo} />
      ))}
    </div>
  )
}

function ToastCard({ toast, isHeld, onShut }: { toast: Toast; isHeld: boolean; onShut: () => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { id, text, action, progress } = toast
  const life = progress || isHeld ? null : lifeOf(toast)
  useEffect(() => {
    if (life === null) return
    const timer = setTimeout(() => closeToast(id), life)
    return () => clearTimeout(timer)
  }, [life, id])
  return (
    <div className="toast">
      <span className="toast-text">
        {text}
        {progress && (
          // Not read aloud at each step: the bar has a name, and its value is asked for by whoever wants it.
          <span className="toast-progress">
            <progress aria-label={text} value={progress.done} max={Math.max(1, progress.total)} />
            <span className="numeric" aria-hidden>
              {new Intl.NumberFormat(locale, { style: 'percent' }).format(progress.done / Math.max(1, progress.total))}
            </span>
          </span>
        )}
      </span>
      {action && (
        <button
          type="button"
          className="btn small"
          onClick={() => {
            onShut()
            closeToast(id)
            action.run()
          }}
        >
          {action.label}
        </button>
      )}
      <button
        type="button"
        className="btn small icon"
        aria-label={t('toast.close')}
        onClick={() => {
          onShut()
          closeToast(id)
        }}
      >
        <X size={16} aria-hidden />
      </button>
    </div>
  )
}
