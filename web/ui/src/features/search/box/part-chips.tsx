import { Minus, X } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { withoutPart } from '@/lib/query-edit'
import { readQuery, type Part } from '@/lib/query-text'
import { useLocale } from '@/lib/use-locale'

/** Whether the box itself says it as well as chips would: nothing but words that belong together. */
function isPlain(parts: readonly Part[]): boolean {
  const [first] = parts
  return !first || (parts.length === 1 && first.kind === 'words' && !first.quoted && first.weight === 1)
}

/** What a part says, without the signs of the syntax. */
function usePartText(): (part: Part) => string {
  const { t } = useTranslation()
  const locale = useLocale()
  return (part) => {
    if (part.kind === 'filter') {
      const said = part.values.map((value) => (value === '' ? t('part.nothing') : value))
      return `${t(`part.${part.name}`)}: ${new Intl.ListFormat(locale, { type: 'disjunction' }).format(said)}`
    }
    const size = Math.abs(part.weight)
    const times = size === 1 ? '' : `${new Intl.NumberFormat(locale).format(size)} × `
    return times + (part.quoted ? t('part.quoted', { words: part.text }) : part.text)
  }
}

const isNot = (part: Part): boolean => (part.kind === 'filter' ? part.negated : part.weight < 0)

type PartChipsProps = { text: string; onChange: (text: string) => void; onEmpty: () => void }

/** The parts of what is searched for, each of which can be taken away. */
export function PartChips({ text, onChange, onEmpty }: PartChipsProps) {
  const { t } = useTranslation()
  const partText = usePartText()
  const list = useRef<HTMLUListElement>(null)
  const parts = readQuery(text)
  if (isPlain(parts)) return null
  const remove = (index: number) => {
    const left = withoutPart(text, index)
    onChange(left)
    // The keyboard goes on at the next part, or in the box once there are no more.
    if (isPlain(readQuery(left))) onEmpty()
    else if (index === parts.length - 1) list.current?.querySelectorAll('button')[index - 1]?.focus()
  }
  return (
    <ul ref={list} className="query-parts" aria-label={t('part.label')}>
      {parts.map((part, index) => (
        <li key={index}>
          <button
            type="button"
            className="chip query-part"
            data-kind={part.kind}
            data-not={isNot(part)}
            aria-label={t(isNot(part) ? 'part.removeNot' : 'part.remove', { part: partText(part) })}
            onClick={() => remove(index)}
          >
            {isNot(part) && <Minus size={14} strokeWidth={2.5} aria-hidden />}
            <bdi className="chip-text">{partText(part)}</bdi>
            <X size={15} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  )
}
