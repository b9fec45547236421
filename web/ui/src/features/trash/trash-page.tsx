import { useInfiniteQuery } from '@tanstack/react-query'
import { Hourglass, LoaderCircle, RotateCcw, Trash2, TriangleAlert } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, mediaUrl, unwrap } from '@/api/client'
import type { Asset, AssetPage } from '@/api/types'
import { ChoiceAction, ChoiceBar } from '@/components/choice-bar'
import { EmptyState } from '@/components/empty-state'
import { PhotoGrid } from '@/components/photo-grid/photo-grid'
import { listSource } from '@/components/photo-grid/source'
import { PAGE_SIZE } from '@/lib/assets'
import { lookAt, type Which } from '@/lib/edits'
import { keys } from '@/lib/query'
import { chooseAll, dropChosen, selection, toggle } from '@/lib/selection'
import { useStore } from '@/lib/store'
import { showToast } from '@/lib/toasts'
import { daysUntil } from '@/lib/ttl'
import { useEdits } from '@/lib/use-edits'
import { useKeptFocus } from '@/lib/use-kept-focus'
import { useProblemText } from '@/lib/use-problem-text'
import './trash.css'

const EmptySheet = lazy(() => import('./empty-sheet'))

function useTrash() {
  const list = useInfiniteQuery({
    queryKey: keys.trash,
    queryFn: ({ pageParam, signal }): Promise<AssetPage> =>
      unwrap(api.GET('/api/trash', { params: { query: compact({ limit: PAGE_SIZE, after: pageParam }) }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: AssetPage) => page.next ?? undefined,
    // Others delete too, and what expired comes here by itself.
    staleTime: 0,
  })
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list
  const pages = list.data?.pages
  const assets = useMemo(() => (pages ?? []).flatMap((page) => page.items), [pages])
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, isFetchingNextPage])
  const source = useMemo(() => listSource(assets, hasNextPage ? more : null), [assets, hasNextPage, more])
  return { list, assets, source }
}

/** What was deleted or has expired, until it is gone for good. */
export function TrashPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const { list, assets, source } = useTrash()
  const chosen = useStore(selection)
  const [goes, setGoes] = useState<'chosen' | 'all' | null>(null)
  const { restore, restoreAll } = useRestore()
  useKeptFocus(source, chosen.size === 0)
  useEffect(() => {
    document.title = `${t('nav.trash')} – Scene-Sense`
  }, [t])
  const ids = [...chosen.keys()]
  return (
    <div className="trash">
      <header>
        <div>
          <h1 tabIndex={-1} data-focus-home>
            {t('nav.trash')}
          </h1>
          {assets.length > 0 && <p>{t('trash.lead')}</p>}
        </div>
        {assets.length > 0 && (
          <div className="trash-tools">
            <button type="button" className="btn" onClick={restoreAll}>
              <RotateCcw size={18} aria-hidden />
              {t('trash.restoreAll')}
            </button>
            <button type="button" className="btn" onClick={() => setGoes('all')}>
              <Trash2 size={18} aria-hidden />
              {t('trash.emptyAll')}
            </button>
          </div>
        )}
      </header>
      {list.isPending && (
        <div className="trash-wait">
          <LoaderCircle size={28} className="spinner" aria-label={t('results.loading')} />
        </div>
      )}
      {list.isError && assets.length === 0 && (
        <EmptyState icon={TriangleAlert} title={t('results.failed')}>
          <p role="alert">{problemText(list.error)}</p>
        </EmptyState>
      )}
      {list.isSuccess && assets.length === 0 && (
        <EmptyState icon={Trash2} title={t('trash.empty')}>
          <p>{t('trash.emptyHint')}</p>
        </EmptyState>
      )}
      {assets.length > 0 && (
        <PhotoGrid
          source={source}
          label={t('trash.grid')}
          hrefOf={(asset) => mediaUrl(asset, 1440)}
          // Nothing here is opened: a press chooses.
          onOpen={(index) => {
            const asset = assets[index]
            if (asset) toggle(asset, index)
          }}
          badge={(asset) => <DaysLeft asset={asset} />}
          chooseIn="trash"
        />
      )}
      {ids.length > 0 && (
        <ChoiceBar
          count={ids.length}
          all={
            ids.length < assets.length
              ? { total: source.complete ? assets.length : null, choose: () => void chooseAll(source) }
              : null
          }
        >
          <ChoiceAction isNamed icon={RotateCcw} name={t('trash.restore')} onPress={() => void restore({ ids })} />
          <ChoiceAction isNamed icon={Trash2} name={t('trash.deleteNow')} onPress={() => setGoes('chosen')} />
        </ChoiceBar>
      )}
      {goes && (
        <Suspense>
          <EmptySheet
            assets={goes === 'chosen' ? assets.filter((asset) => chosen.has(asset.id)) : null}
            onClose={() => setGoes(null)}
          />
        </Suspense>
      )}
    </div>
  )
}

/** Takes pictures out of the trash, with the way back into it. */
function useRestore() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const { change } = useEdits()
  const restore = async (which: Which) => {
    if ('ids' in which) dropChosen(which.ids)
    await change({
      changes: { restore: true },
      which,
      said: (count) => t('trash.did.restored', { count }),
    })
  }
  return {
    restore,
    restoreAll: () =>
      void lookAt({}).then(
        // Of the look only the revision counts: the edit looks into the trash itself.
        ({ revision }) => restore({ filter: {}, revision, count: 0 }),
        (error: unknown) => showToast(problemText(error)),
      ),
  }
}

function DaysLeft({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const days = daysUntil(asset.purge_after)
  return (
    <span className="thumb-marks">
      <span className="thumb-mark" data-tone={days === null || days <= 1 ? 'last' : days < 7 ? 'soon' : 'calm'}>
        <Hourglass size={12} aria-hidden />
        {days === null || days === 0 ? (
          t('trash.soon')
        ) : (
          <>
            <span className="visually-hidden">{t('trash.goneIn')}</span> {t('mark.days', { count: days })}
          </>
        )}
      </span>
    </span>
  )
}
