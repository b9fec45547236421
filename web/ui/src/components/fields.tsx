import { AlertCircle, Check, ChevronDown, Copy, Eye, EyeOff } from 'lucide-react'
import { useId, useRef, useState, type InputHTMLAttributes, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import './fields.css'

type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'className'> & {
  label: string
  hint?: string
  onText: (text: string) => void
}

function Hint({ id, hint }: { id: string; hint: string | undefined }) {
  if (hint === undefined) return null
  return (
    <span id={`${id}-hint`} className="field-hint">
      {hint}
    </span>
  )
}

const describedBy = (id: string, hint: string | undefined) => (hint ? { 'aria-describedby': `${id}-hint` } : {})

/** A labelled text field; password managers and paste are welcome. `unit` stands behind what is typed. */
export function Field({ label, hint, onText, unit, ...input }: FieldProps & { unit?: string }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input {...input} id={id} onChange={(event) => onText(event.target.value)} {...describedBy(id, hint)} />
        {unit !== undefined && <span className="field-unit">{unit}</span>}
      </div>
      <Hint id={id} hint={hint} />
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
          {...describedBy(id, hint)}
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
      <Hint id={id} hint={hint} />
    </div>
  )
}

type SelectProps<V extends string> = {
  label: string
  hint?: string
  value: V
  options: readonly { value: V; text: string }[]
  onChoose: (value: V) => void
}

/** The system's own list of choices, which is the best there is on a phone. */
export function SelectField<V extends string>({ label, hint, value, options, onChoose }: SelectProps<V>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <select
          id={id}
          value={value}
          onChange={(event) => onChoose(event.target.value as V)}
          {...describedBy(id, hint)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
        <ChevronDown size={16} aria-hidden />
      </div>
      <Hint id={id} hint={hint} />
    </div>
  )
}

type CheckProps = {
  label: string
  hint?: string
  checked: boolean
  disabled?: boolean
  onCheck: (checked: boolean) => void
}

export function CheckField({ label, hint, checked, disabled = false, onCheck }: CheckProps) {
  const id = useId()
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onCheck(event.target.checked)}
        {...describedBy(id, hint)}
      />
      <label htmlFor={id}>{label}</label>
      <Hint id={id} hint={hint} />
    </div>
  )
}

/** Copies the text of a field, also where the page came over plain http and browsers hide the clipboard. */
async function copyFrom(input: HTMLInputElement): Promise<boolean> {
  input.focus()
  input.select()
  // Typed as always there, but only pages of https and of this very machine have it.
  const clipboard = navigator.clipboard as Clipboard | undefined
  try {
    if (clipboard) await clipboard.writeText(input.value)
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way there is by plain http
    else return document.execCommand('copy')
    return true
  } catch {
    return false
  }
}

/** A text that is shown this once, with a button that copies it. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState<boolean | null>(null)
  const Icon = copied ? Check : Copy
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input ref={input} id={id} readOnly value={value} className="field-code" spellCheck={false} />
        <button
          type="button"
          className="btn ghost field-copy"
          onClick={() => input.current && void copyFrom(input.current).then(setCopied)}
        >
          <Icon size={18} aria-hidden />
          {copied ? t('field.copied') : t('field.copy')}
        </button>
      </div>
      <span role="status" className="field-hint">
        {copied === false && t('field.copyFailed')}
      </span>
    </div>
  )
}

/** What went wrong, said aloud by screen readers when it appears. */
export function FormProblem({ text }: { text: ReactNode }) {
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
