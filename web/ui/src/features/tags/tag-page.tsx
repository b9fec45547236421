import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, ImageOff, Search, TriangleAlert } from 'lucide-react'
import { useCallback, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asset, Tag } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { PhotoGrid } from '@/components/photo-grid/photo-grid'
import { listSource, type GridSource } from '@/components/photo-grid/source'
import { assetList } from '@/lib/assets'
import { useMay } from '@/lib/auth'
import { tagList } from '@/lib/tags'
import { useProblemText } from '@/lib/use-problem-text'
import { TagSuggestions } from './suggestions'
import { Dot, TagMenu } from './tag-menu'
import { isOwn, TagSheet, type OwnTag, type TagAction } from './tag-sheets'
import './tags.css'

export type TagPageProps = {
  id: string
  hrefOf: (photo: string) => string
  onOpen: (photo: string) => void
  /** Moves the focus to a picture, each time the object changes. */
  focusOn: { id: string } | null
  /** The tag is gone: deleted, or one with another, which is given. */
  onGone: (into: Tag | null) => void
  /** The open picture above the grid, if any. */
  children: (source: GridSource<Asset>) => ReactNode
}

/** One tag: its pictures, those that may want it, and what can be done with it. */
export function TagPage(props: TagPageProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const tags = useQuery({ ...tagList, staleTime: 0 })
  const tag = tags.data?.find((one) => one.id === props.id)
  if (tag && isOwn(tag)) return <Open {...props} tag={tag} />
  if (tags.isPending || (tags.isFetching && !tags.error)) return null
  return (
    <EmptyState
      icon={TriangleAlert}
      isPage
      title={t('tags.gone')}
      actions={
        <Link to="/tags" className="btn">
          {t('tags.all')}
        </Link>
      }
    >
      <p role="alert">{tags.error ? problemText(tags.error) : t('tags.goneHint')}</p>
    </EmptyState>
  )
}

function Open(props: TagPageProps & { tag: OwnTag }) {
  const { tag } = props
  const { t } = useTranslation()
  const problemText = useProblemText()
  const may = useMay()
  const [sheet, setSheet] = useState<TagAction | null>(null)
  const listed = useInfiniteQuery(assetList({ tag: tag.name }))
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = listed
  const pages = listed.data?.pages
  const assets = useMemo(() => (pages ?? []).flatMap((page) => page.items), [pages])
  const wantMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const source = useMemo(() => listSource(assets, hasNextPage ? wantMore : null), [assets, hasNextPage, wantMore])
  return (
    <>
      <Page
        title={tag.name}
        lead={
          <span className="tag-facts numeric">
            <Dot color={tag.color} />
            {t('folders.assets', { count: tag.count_below })}
          </span>
        }
        isWide
        actions={
          <>
            <Link to="/tags" className="btn ghost">
              <ArrowLeft size={18} aria-hidden />
              {t('tags.all')}
            </Link>
            <Link to="/" search={{ tag: tag.name }} className="btn">
              <Search size={18} aria-hidden />
              {t('tags.search')}
            </Link>
            {may.add && <TagMenu tag={tag} onAction={setSheet} />}
          </>
        }
      >
        {may.add && <TagSuggestions key={tag.id} tag={tag} />}
        {listed.error && assets.length === 0 && <p role="alert">{problemText(listed.error)}</p>}
        {listed.isSuccess && assets.length === 0 && (
          <EmptyState icon={ImageOff} title={t('tags.empty')}>
            <p>{t('tags.emptyHint')}</p>
          </EmptyState>
        )}
        {assets.length > 0 && (
          <div className="tag-grid">
            <PhotoGrid
              source={source}
              label={t('tags.grid', { name: tag.name })}
              hrefOf={(asset) => props.hrefOf(asset.id)}
              onOpen={(index) => {
                const asset = assets[index]
                if (asset) props.onOpen(asset.id)
              }}
              focusOn={props.focusOn}
            />
          </div>
        )}
        {sheet !== null && <TagSheet action={sheet} tag={tag} onClose={() => setSheet(null)} onGone={props.onGone} />}
      </Page>
      {props.children(source)}
    </>
  )
}
