import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from '@/lib/store'
import { closeToast, toasts, type Toast } from '@/lib/toasts'

const SHORT_MS = 5_000
const WITH_ACTION_MS = 10_000

/** Where messages appear; `data-react-aria-top-layer` keeps it in reach while a dialog is open. */
export function Toaster() {
  const { t } = useTranslation()
  const shown = useStore(toasts)
  return (
    <div
      className="toasts"
      role="region"
      aria-label={t('toast.region')}
      aria-live="polite"
      data-react-aria-top-layer="true"
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
