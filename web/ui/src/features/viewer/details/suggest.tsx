import { Check, Plus } from 'lucide-react'
import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { matching, type Option } from './matching'
import { useFocusBack } from './use-focus-back'

type SuggestProps = {
  label: string
  /** Undefined until they are known: before that nothing can be said to be new. */
  options: readonly Option[] | undefined
  onPick: (id: string) => void
  /** Called with words that no option has; without it only options can be picked. */
  onNew?: (words: string) => void
  /** What picking such words is called. */
  newText?: (words: string) => string
  onClose: () => void
}

/** A field in which one writes a few letters and picks: Enter takes, the arrows choose, Escape leaves it. */
export function Suggest({ label, options, onPick, onNew, newText, onClose }: SuggestProps) {
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  useFocusBack(box)
  const [words, setWords] = useState('')
  /** Nothing is chosen before something is written, or an arrow pressed. */
  const [chosen, setChosen] = useState(-1)
  const found = matching(options ?? [], words)
  const isNew =
    options !== undefined &&
    onNew !== undefined &&
    words.trim() !== '' &&
    !found.some((option) => same(option.text, words))
  const count = found.length + (isNew ? 1 : 0)
  const active = Math.min(chosen, count - 1)
  const pick = (index: number) => {
    const option = found[index]
    if (option) onPick(option.id)
    else if (isNew) onNew(words.trim())
    else return
    setWords('')
    setChosen(-1)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const next = event.key === 'ArrowDown' ? active + 1 : active < 0 ? -1 : active - 1
      setChosen(count === 0 ? -1 : (next + count) % count)
    } else if (event.key === 'Enter') pick(active)
    else if (event.key === 'Escape') onClose()
    else return
    event.preventDefault()
    // The viewer is not to hear of it, which would close.
    event.stopPropagation()
  }
  return (
    <div
      ref={box}
      className="suggest"
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && onClose()}
    >
      <input
        // The person just asked for it.
        autoFocus
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={count > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        autoComplete="off"
        placeholder={label}
        value={words}
        onChange={(event) => {
          setWords(event.target.value)
          setChosen(event.target.value.trim() === '' ? -1 : 0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul role="listbox" id={`${id}-list`} aria-label={label}>
        {[...found, ...(isNew ? [{ id: '', text: newText?.(words.trim()) ?? words.trim() }] : [])].map(
          (option, index) => (
            <li
              key={option.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => pick(index)}
            >
              {option.id === '' ? <Plus size={15} aria-hidden /> : index === active && <Check size={15} aria-hidden />}
              <span>{option.text}</span>
              {option.note !== undefined && <small>{option.note}</small>}
            </li>
          ),
        )}
      </ul>
    </div>
  )
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}
