import { Check, Search } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocale } from '@/lib/use-locale'

/** One value of a kind, with how many pictures it would leave; null where that is not known. */
export type Value = { id: string; text: string; count: number | null }

/** So many are seen at a glance; of more the ones that are meant are found by typing. */
const FEW = 8
const MOST_SHOWN = 60

type ValuesProps = {
  values: readonly Value[]
  chosen: readonly string[]
  onToggle: (id: string) => void
}

/** What is chosen and no longer among the values stays in sight, so that it can be dropped where it was chosen. */
function withChosen(values: readonly Value[], chosen: readonly string[]): readonly Value[] {
  const missing = chosen.filter((id) => !values.some((value) => value.id === id))
  return [...missing.map((id) => ({ id, text: id, count: null })), ...values]
}

function Count({ count }: { count: number | null }) {
  const locale = useLocale()
  if (count === null) return null
  return <span className="value-count numeric">{new Intl.NumberFormat(locale).format(count)}</span>
}

/** Values below each other, for kinds that have many. */
export function ValueList({ values, chosen, onToggle, find }: ValuesProps & { find: string }) {
  const { t } = useTranslation()
  const [words, setWords] = useState('')
  const all = withChosen(values, chosen)
  const wanted = words.trim().toLocaleLowerCase()
  const found = all.filter(({ text }) => text.toLocaleLowerCase().includes(wanted))
  if (all.length === 0) return <p className="values-none">{t('filter.none')}</p>
  return (
    <>
      {all.length > FEW && (
        <div className="values-find">
          <Search size={16} aria-hidden />
          <input
            type="text"
            aria-label={find}
            placeholder={find}
            autoComplete="off"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </div>
      )}
      <ul className="values">
        {found.slice(0, MOST_SHOWN).map(({ id, text, count }) => (
          <li key={id}>
            <button type="button" className="value" aria-pressed={chosen.includes(id)} onClick={() => onToggle(id)}>
              <span className="value-text">{text}</span>
              {chosen.includes(id) ? <Check size={18} aria-hidden /> : <Count count={count} />}
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="values-none">{t('filter.noneSuch')}</p>}
      {found.length > MOST_SHOWN && <p className="values-none">{t('filter.typeForMore')}</p>}
    </>
  )
}

/** Values side by side, for kinds that have few. */
export function ValueChips({ values, chosen, onToggle }: ValuesProps) {
  return (
    <div className="value-chips">
      {withChosen(values, chosen).map(({ id, text, count }) => (
        <button
          key={id}
          type="button"
          className="chip"
          data-active={chosen.includes(id)}
          aria-pressed={chosen.includes(id)}
          onClick={() => onToggle(id)}
        >
          {text}
          <Count count={count} />
        </button>
      ))}
    </div>
  )
}

/** One kind of filter among others. */
export function FilterGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="filter-group">
      <h3>{title}</h3>
      {children}
    </section>
  )
}
