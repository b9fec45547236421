import { Search, type LucideIcon } from 'lucide-react'
import { useId, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'

export type Choice = {
  id: string
  icon: LucideIcon
  name: string
  note?: string
  /** How many steps to the right, while nothing is looked for. */
  depth?: number
}

type PickerProps = {
  label: string
  choices: readonly Choice[]
  /** What the text would become if nothing is called so; null where it can't. */
  make: (text: string) => Choice | null
  isBusy: boolean
  onPick: (choice: Choice, text: string) => void
}

const STEP_PX = 18

/** A list that is narrowed by writing, of which one is taken by a press; what is not there yet can be made. */
export function Picker({ label, choices, make, isBusy, onPick }: PickerProps) {
  const { t } = useTranslation()
  const id = useId()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const words = text.trim().toLowerCase()
  const found = choices.filter((choice) => `${choice.note ?? ''} ${choice.name}`.toLowerCase().includes(words))
  const made = words === '' ? null : make(text.trim())
  const shown = made ? [...found, made] : found
  const at = Math.min(active, shown.length - 1)

  const moveTo = (index: number) => {
    setActive(index)
    document.getElementById(`${id}-${index}`)?.scrollIntoView({ block: 'nearest' })
  }
  const pick = (choice: Choice | undefined) => {
    if (choice && !isBusy) onPick(choice, text.trim())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowDown: () => moveTo(Math.min(shown.length - 1, at + 1)),
      ArrowUp: () => moveTo(Math.max(0, at - 1)),
      Enter: () => pick(shown[at]),
    }
    const run = keys[event.key]
    if (!run || event.nativeEvent.isComposing) return
    event.preventDefault()
    run()
  }
  return (
    <div className="picker" aria-busy={isBusy}>
      <div className="picker-field">
        <Search size={18} aria-hidden />
        <input
          role="combobox"
          aria-label={label}
          aria-expanded="true"
          aria-controls={id}
          aria-autocomplete="list"
          {...(at >= 0 ? { 'aria-activedescendant': `${id}-${at}` } : {})}
          placeholder={t('actions.picker.find')}
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul id={id} role="listbox" aria-label={label}>
        {shown.map((choice, index) => (
          <li
            key={choice.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            style={{ paddingInlineStart: 12 + (words === '' ? (choice.depth ?? 0) * STEP_PX : 0) }}
            onClick={() => pick(choice)}
          >
            <choice.icon size={18} aria-hidden />
            <span className="picker-name">{choice.name}</span>
            {choice.note !== undefined && <span className="picker-note">{choice.note}</span>}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="quiet">{t('actions.picker.none')}</p>}
    </div>
  )
}
