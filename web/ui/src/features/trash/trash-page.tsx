import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle, RotateCcw, Trash2, TriangleAlert } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, mediaUrl, unwrap } from '@/api/client'
import type { Asset, AssetPage } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { PAGE_SIZE, restoreAsset } from '@/lib/assets'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { daysUntil } from '@/lib/ttl'
import { useProblemText } from '@/lib/use-problem-text'
import './trash.css'

function useTrash() {
  return useInfiniteQuery({
    queryKey: keys.trash,
    queryFn: ({ pageParam, signal }): Promise<AssetPage> =>
      unwrap(api.GET('/api/trash', { params: { query: compact({ limit: PAGE_SIZE, after: pageParam }) }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: AssetPage) => page.next ?? undefined,
    // Others delete too, and what expired comes here by itself.
    staleTime: 0,
  })
}

/** What was deleted or has expired, until it is gone for good. */
export function TrashPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const trash = useTrash()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${t('nav.trash')} – Scene-Sense`
  }, [t])
  const assets = (trash.data?.pages ?? []).flatMap((page) => page.items)
  return (
    <div className="trash">
      <header>
        <h1 ref={heading} tabIndex={-1}>
          {t('nav.trash')}
        </h1>
        {assets.length > 0 && <p>{t('trash.lead')}</p>}
      </header>
      {trash.isPending && (
        <div className="trash-wait">
          <LoaderCircle size={28} className="spinner" aria-label={t('results.loading')} />
        </div>
      )}
      {trash.isError && assets.length === 0 && (
        <EmptyState icon={TriangleAlert} title={t('results.failed')}>
          <p role="alert">{problemText(trash.error)}</p>
        </EmptyState>
      )}
      {trash.isSuccess && assets.length === 0 && (
        <EmptyState icon={Trash2} title={t('trash.empty')}>
          <p>{t('trash.emptyHint')}</p>
        </EmptyState>
      )}
      <ul className="trash-grid">
        {assets.map((asset) => (
          <TrashTile key={asset.id} asset={asset} onRestored={() => heading.current?.focus()} />
        ))}
      </ul>
      {trash.hasNextPage && (
        <button
          type="button"
          className="btn trash-more"
          disabled={trash.isFetchingNextPage}
          onClick={() => void trash.fetchNextPage()}
        >
          {t('trash.more')}
        </button>
      )}
    </div>
  )
}

function TrashTile({ asset, onRestored }: { asset: Asset; onRestored: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const restore = useMutation({
    mutationFn: () => restoreAsset(client, asset.id),
    onSuccess: () => {
      showToast(t('trash.restored', { name: asset.filename }))
      onRestored()
    },
    onError: (error) => showToast(problemText(error)),
  })
  const days = daysUntil(asset.purge_after)
  return (
    <li className="trash-tile">
      <span className="trash-picture" style={{ backgroundColor: asset.mean_color }}>
        <img src={mediaUrl(asset, 480)} alt={asset.filename} loading="lazy" decoding="async" />
      </span>
      <span className="trash-words">
        <span className="trash-name">{asset.filename}</span>
        <span className="trash-days">
          {days === null || days === 0 ? t('trash.soon') : t('trash.days', { count: days })}
        </span>
      </span>
      <button
        type="button"
        className="btn small"
        aria-label={t('trash.restoreOne', { name: asset.filename })}
        disabled={restore.isPending}
        onClick={() => restore.mutate()}
      >
        <RotateCcw size={15} aria-hidden />
        {t('trash.restore')}
      </button>
    </li>
  )
}
