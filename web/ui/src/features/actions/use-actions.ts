import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, originalUrl, unwrap } from '@/api/client'
import type { Album, Download, EditChanges } from '@/api/types'
import { formatBytes } from '@/lib/format'
import { clear, dropChosen, selection, updateChosen } from '@/lib/selection'
import { showToast } from '@/lib/toasts'
import type { Keep } from '@/lib/ttl'
import { useEdits } from '@/lib/use-edits'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { areFavourites, changeable, type Target } from './target'

/** Has the browser fetch an address as a file. */
function fetchFile(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

/** What can be done with pictures at once, each with a message and a way back. */
export function useActions() {
  const { t } = useTranslation()
  const locale = useLocale()
  const problemText = useProblemText()
  const { change } = useEdits()
  const download = useMutation({
    mutationFn: ({ items, whole }: Target): Promise<Download> =>
      unwrap(
        api.POST('/api/downloads', {
          body: {
            name: t('actions.archive'),
            ...(whole ? { filter: whole.filter } : { ids: items.map((item) => item.id) }),
          },
        }),
      ),
    onSuccess: ({ url, files, bytes }) => {
      fetchFile(url, '')
      showToast(t('actions.did.download', { count: files, size: formatBytes(bytes, locale) }))
    },
    onError: (error) => showToast(problemText(error)),
  })

  const run = async (target: Target, changes: EditChanges, said: (count: number) => string): Promise<boolean> => {
    const { which, others, count } = changeable(target)
    if (count === 0) return false
    const isTaken = await change({ changes, which, others, said })
    // What was seen of the filter is no longer so.
    if (isTaken && target.whole) clear()
    return isTaken
  }
  /** Does what may take the pictures away from the screen: then they are no longer chosen. */
  const runAndLetGo = async (...[target, changes, said]: Parameters<typeof run>): Promise<boolean> => {
    const isTaken = await run(target, changes, said)
    if (isTaken) dropChosen(target.items.filter((item) => item.mine).map((item) => item.id))
    return isTaken
  }
  return {
    run,
    runAndLetGo,
    favourite: async (target: Target) => {
      const favourite = !areFavourites(target)
      const isTaken = await run(target, { favourite }, (count) =>
        t(favourite ? 'actions.did.favourite' : 'actions.did.unfavourite', { count }),
      )
      if (isTaken) updateChosen(target.items.filter((item) => item.mine).map((item) => ({ ...item, favourite })))
    },
    stars: (target: Target, rating: number | null) =>
      run(target, { rating }, (count) => t('actions.did.stars', { count })),
    keep: (target: Target, keep: Keep) =>
      runAndLetGo(target, { ttl: keep }, (count) =>
        t(keep === 'never' ? 'actions.did.keepAlways' : 'actions.did.keep', { count }),
      ),
    keepLonger: (target: Target, extend: string) =>
      runAndLetGo(target, { extend }, (count) => t('actions.did.keep', { count })),
    outOfAlbum: (target: Target, album: Album) =>
      runAndLetGo(target, { remove_from_album: album.id }, (count) =>
        t('actions.did.outOfAlbum', { count, name: album.name }),
      ),
    trash: async (target: Target) => {
      const before = selection.get()
      const work = run(target, { trash: true }, (count) => t('actions.did.trash', { count }))
      dropChosen(target.items.filter((item) => item.mine).map((item) => item.id))
      // Refused: they are back, and chosen as they were.
      if (!(await work)) selection.set(before)
    },
    download: (target: Target) => {
      const [only] = target.items
      if (only && target.items.length === 1 && !target.whole)
        fetchFile(originalUrl(only, { download: true }), only.filename)
      else if (!download.isPending) download.mutate(target)
    },
    isPacking: download.isPending,
  }
}

export type Actions = ReturnType<typeof useActions>
