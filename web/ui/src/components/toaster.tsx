import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from '@/lib/store'
import { closeToast, toasts, type Toast } from '@/lib/toasts'

const SHORT_MS = 5_000
const WITH_ACTION_MS = 10_000

/** Where messages appear; `data-react-aria-top-layer` keeps it in reach while a dialog is open. */
export function Toaster() {
  const { t } = useTranslation()
  const shown = useStore(toasts)
  const cameFrom = useRef<Element | null>(null)
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
      onFocus={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) cameFrom.current = event.relatedTarget ?? document.body
      }}
    >
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function ToastCard({ toast }: { toast: Toast }) {
  const { t } = useTranslation()
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => closeToast(toast.id), toast.action ? WITH_ACTION_MS : SHORT_MS)
    return () => clearTimeout(timer)
  }, [held, toast])
  return (
    <div
      className="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="toast-text">{toast.text}</span>
      {toast.action && (
        <button
          type="button"
          className="btn small"
          onClick={() => {
            closeToast(toast.id)
            toast.action?.run()
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        className="btn small icon"
        aria-label={t('toast.close')}
        onClick={() => closeToast(toast.id)}
      >
        <X size={16} aria-hidden />
      </button>
    </div>
  )
}
