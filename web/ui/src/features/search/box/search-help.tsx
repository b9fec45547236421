import { useTranslation } from 'react-i18next'
import { Sheet } from '@/components/sheet'
import './search-help.css'

/** What can be written, and under which key the locales say what it does. Syntax is the same in every language. */
const WORDS = [
  ['help.example.plain', 'help.plain'],
  ['help.example.not', 'help.not'],
  ['help.example.phrase', 'help.phrase'],
  ['help.example.both', 'help.both'],
  ['help.example.weight', 'help.weight'],
] as const

const FILTERS = [
  ['year:2024', 'help.year'],
  ['after:2023 before:2024-06', 'help.between'],
  ['uploaded:today', 'help.uploaded'],
  ['is:favourite', 'help.favourite'],
  ['rating:4', 'help.rating'],
  ['-is:untagged', 'help.tagged'],
  ['owner:me', 'help.owner'],
  ['orientation:portrait', 'help.orientation'],
  ['larger:12MP', 'help.larger'],
  ['type:heic', 'help.type'],
  ['name:IMG', 'help.name'],
  ['expires:7d', 'help.expires'],
] as const

/** How a search can be written, in examples that are tried with a click. */
export function SearchHelp({ onTry, onClose }: { onTry: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const example = (text: string, meaning: string) => (
    <li key={text}>
      <button
        type="button"
        className="help-example"
        onClick={() => {
          onClose()
          onTry(text)
        }}
      >
        <code>{text}</code>
        <span>{meaning}</span>
      </button>
    </li>
  )
  return (
    <Sheet title={t('help.title')} onClose={onClose}>
      <div className="help">
        <p>{t('help.lead')}</p>
        <h3>{t('help.words')}</h3>
        <ul>{WORDS.map(([text, meaning]) => example(t(text), t(meaning)))}</ul>
        <h3>{t('help.filters')}</h3>
        <p>{t('help.filtersLead')}</p>
        <ul>{FILTERS.map(([text, meaning]) => example(text, t(meaning)))}</ul>
        <h3>{t('help.pictures')}</h3>
        <p>{t('help.picturesLead')}</p>
      </div>
    </Sheet>
  )
}
