import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, BookmarkCheck } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import type { LibrarySearch } from '@/lib/library-search'
import { firstCharacters } from '@/lib/reading'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { addressOf, asksTheSame, canKeep } from './address'
import { markSeen, savedNews, savedSearches } from './queries'
import { keepSearch, useForgetSearch } from './use-kept'

/** Keeps the search that is shown, or forgets it again; looking at a kept one is told to the server. */
export function SaveButton({ search }: { search: LibrarySearch }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [isNaming, setIsNaming] = useState(false)
  const forget = useForgetSearch()
  const list = useQuery(savedSearches).data
  const kept = canKeep(search) ? list?.find((one) => asksTheSame(addressOf(one), search)) : undefined
  const news = useQuery({ ...savedNews, enabled: kept !== undefined }).data
  const unseen = kept && news?.find((one) => one.id === kept.id && one.new > 0)?.id
  useEffect(() => {
    // What could not be told now is told the next time one looks.
    if (unseen !== undefined) markSeen(client, unseen).catch(() => undefined)
  }, [client, unseen])
  if (!canKeep(search) || !list) return null
  const Icon = kept ? BookmarkCheck : Bookmark
  const name = t(kept ? 'saved.forgetThis' : 'saved.keep')
  return (
    <>
      <button
        type="button"
        className="btn small icon ghost search-tool"
        data-active={kept !== undefined}
        aria-label={name}
        data-tip={name}
        onClick={() => (kept ? forget(kept) : setIsNaming(true))}
      >
        <Icon size={19} aria-hidden />
      </button>
      {isNaming && <KeepSheet search={search} onClose={() => setIsNaming(false)} />}
    </>
  )
}

const NAME_LENGTH = 80

function KeepSheet({ search, onClose }: { search: LibrarySearch; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [name, setName] = useState(
    firstCharacters(search.q ?? search.tag ?? search.folder ?? t('saved.unnamed'), NAME_LENGTH),
  )
  const keep = useMutation({
    mutationFn: () => keepSearch(client, name.trim(), search),
    onSuccess: () => {
      showToast(t('saved.kept', { name: name.trim() }))
      onClose()
    },
  })
  return (
    <Sheet title={t('saved.keep')} onClose={onClose}>
      <SheetForm
        submit={t('saved.keepIt')}
        isBusy={keep.isPending}
        isReady={name.trim() !== ''}
        problem={keep.error && problemText(keep.error, { conflict: t('saved.tooMany') })}
        onSubmit={() => keep.mutate()}
        onClose={onClose}
      >
        <Field
          label={t('saved.name')}
          name="search-name"
          autoComplete="off"
          autoFocus
          maxLength={200}
          value={name}
          onText={setName}
          onFocus={(event) => event.target.select()}
          {...(search.like === undefined ? {} : { hint: t('saved.withoutPicture') })}
        />
      </SheetForm>
    </Sheet>
  )
}
