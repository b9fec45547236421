import { AlertCircle, Eye, EyeOff } from 'lucide-react'
import { useId, useState, type InputHTMLAttributes } from 'react'
import { useTranslation } from 'react-i18next'

type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'className'> & {
  label: string
  hint?: string
  onText: (text: string) => void
}

/** A labelled text field; password managers and paste are welcome. */
export function Field({ label, hint, onText, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          {...input}
          id={id}
          onChange={(event) => onText(event.target.value)}
          {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        />
      </div>
      {hint !== undefined && (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
    </div>
  )
}

export function PasswordField({ label, hint, onText, ...input }: FieldProps) {
  const { t } = useTranslation()
  const id = useId()
  const [seen, setSeen] = useState(false)
  const Icon = seen ? EyeOff : Eye
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          {...input}
          id={id}
          type={seen ? 'text' : 'password'}
          onChange={(event) => onText(event.target.value)}
          {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        />
        <button
          type="button"
          className="btn ghost icon"
          aria-pressed={seen}
          aria-label={t('door.showPassword')}
          onClick={() => setSeen(!seen)}
        >
          <Icon size={18} aria-hidden />
        </button>
      </div>
      {hint !== undefined && (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
    </div>
  )
}

/** What went wrong, said aloud by screen readers when it appears. */
export function FormProblem({ text }: { text: string | null }) {
  return (
    <div role="alert">
      {text !== null && (
        <p className="notice" data-tone="bad">
          <AlertCircle size={18} aria-hidden />
          {text}
        </p>
      )}
    </div>
  )
}
