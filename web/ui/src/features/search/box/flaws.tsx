import { useInfiniteQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type en from '@/locales/en.json'
import { isSearching, type LibrarySearch } from '@/lib/library-search'
import { mended, mendedPart, saidAt, type Flaw } from '@/lib/query-edit'
import { searchResults } from '../queries'

type FlawKey = Extract<keyof typeof en, `flaw.at.${string}`>

/** What the server did not understand of the words in the address; nothing while the answer is another search's. */
function useFlaws(search: LibrarySearch): readonly Flaw[] {
  const found = useInfiniteQuery({ ...searchResults(search), enabled: isSearching(search) })
  return found.isPlaceholderData ? [] : (found.data?.pages[0]?.flaws ?? [])
}

type FlawsProps = {
  search: LibrarySearch
  /** Whether the person still writes at the end of the text: what is wrong there may just not be finished. */
  isWriting: boolean
  onMend: (text: string) => void
}

/** What of the search could not be understood, where, and what was probably meant. */
export function Flaws({ search, isWriting, onMend }: FlawsProps) {
  const { t, i18n } = useTranslation()
  const flaws = useFlaws(search)
  const text = search.q ?? ''
  const length = Array.from(text).length
  const shown = flaws.filter((flaw) => !isWriting || flaw.end < length)
  return (
    <div role="status">
      <ul className="query-flaws">
        {shown.map((flaw) => {
          const instead = mendedPart(text, flaw)
          const key = `flaw.at.${flaw.code}`
          return (
            <li key={`${flaw.code} ${flaw.start} ${flaw.end}`}>
              <TriangleAlert size={16} aria-hidden />
              <span>{t(i18n.exists(key) ? (key as FlawKey) : 'flaw.at.other', { said: saidAt(text, flaw) })}</span>
              {instead !== null && (
                <button type="button" className="btn small" onClick={() => onMend(mended(text, flaw))}>
                  {t('flaw.instead', { text: instead })}
                </button>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
