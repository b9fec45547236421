import { useId } from 'react'
import './segments.css'

type SegmentsProps<V extends string> = {
  /** Accessible name. */
  label: string
  value: V
  options: readonly { value: V; text: string }[]
  onChoose: (value: V) => void
}

/** A few choices side by side of which exactly one holds; radio buttons to a keyboard and a screen reader. */
export function Segments<V extends string>({ label, value, options, onChoose }: SegmentsProps<V>) {
  const name = useId()
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          {option.text}
        </label>
      ))}
    </fieldset>
  )
}
