import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Bookmark, EllipsisVertical, Pencil, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { api, mediaUrl, unwrap } from '@/api/client'
import type { SavedSearch } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Field } from '@/components/fields'
import { Menu, MenuEntry } from '@/components/menu'
import { Page } from '@/components/page'
import { Sheet, SheetForm } from '@/components/sheet'
import { useProblemText } from '@/lib/use-problem-text'
import { addressOf } from './address'
import { previewOf, savedNews, savedSearches } from './queries'
import { refreshSaved, useForgetSearch } from './use-kept'
import './saved.css'

/** The searches that one keeps: what they find, and how much of it is new. */
export function SavedPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const list = useQuery({ ...savedSearches, staleTime: 0 })
  const news = useQuery({ ...savedNews, staleTime: 0 }).data
  const [renamed, setRenamed] = useState<SavedSearch | null>(null)
  if (list.isError && !list.data)
    return (
      <EmptyState icon={TriangleAlert} isPage title={t('results.failed')}>
        <p role="alert">{problemText(list.error)}</p>
      </EmptyState>
    )
  if (!list.data) return null
  if (list.data.length === 0)
    return (
      <EmptyState
        icon={Bookmark}
        isPage
        title={t('saved.none')}
        actions={
          <Link to="/" search={{}} className="btn">
            {t('saved.search')}
          </Link>
        }
      >
        <p>{t('saved.noneHint')}</p>
      </EmptyState>
    )
  return (
    <Page title={t('saved.title')} lead={t('saved.lead')}>
      <ul className="saved-cards">
        {list.data.map((saved) => (
          <SavedCard
            key={saved.id}
            saved={saved}
            news={news?.find((one) => one.id === saved.id)}
            onRename={() => setRenamed(saved)}
          />
        ))}
      </ul>
      {renamed && <RenameSheet saved={renamed} onClose={() => setRenamed(null)} />}
    </Page>
  )
}

type CardProps = {
  saved: SavedSearch
  news: { new: number; at_least: boolean } | undefined
  onRename: () => void
}

function SavedCard({ saved, news, onRename }: CardProps) {
  const { t } = useTranslation()
  const forget = useForgetSearch()
  const address = addressOf(saved)
  const asked = [address.q, address.tag, address.folder].filter((part) => part !== undefined).join(' · ')
  const preview = useQuery(previewOf(address))
  const { assets = [], total = null, isAtLeast = false } = preview.data ?? {}
  return (
    <li className="saved-card">
      <Link to="/" search={address} className="saved-link">
        <span className="saved-mosaic" data-count={assets.length} aria-hidden>
          {assets.map((asset) => (
            <img
              key={asset.id}
              src={mediaUrl(asset, 240)}
              alt=""
              loading="lazy"
              style={{ backgroundColor: asset.mean_color }}
            />
          ))}
          {preview.isFetched && assets.length === 0 && <Bookmark size={28} strokeWidth={1.5} />}
        </span>
        <bdi className="saved-name">{saved.name}</bdi>
        {asked !== saved.name && <bdi className="saved-words">{asked}</bdi>}
        <span className="saved-count">
          {total === null ? ' ' : t(isAtLeast ? 'saved.countAtLeast' : 'saved.count', { count: total })}
          {news && news.new > 0 && (
            <span className="saved-new">
              {t(news.at_least ? 'saved.newAtLeast' : 'saved.new', { count: news.new })}
            </span>
          )}
        </span>
      </Link>
      <MenuTrigger>
        <Button className="btn small icon saved-more" aria-label={t('saved.menu', { name: saved.name })}>
          <EllipsisVertical size={18} aria-hidden />
        </Button>
        <Menu
          label={t('saved.menu', { name: saved.name })}
          placement="bottom end"
          onAction={(id) => (id === 'rename' ? onRename() : forget(saved))}
        >
          <MenuEntry id="rename" icon={Pencil}>
            {t('saved.rename')}
          </MenuEntry>
          <MenuEntry id="forget" icon={Trash2}>
            {t('saved.forget')}
          </MenuEntry>
        </Menu>
      </MenuTrigger>
    </li>
  )
}

function RenameSheet({ saved, onClose }: { saved: SavedSearch; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [name, setName] = useState(saved.name)
  const rename = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH('/api/saved-searches/{id}', { params: { path: { id: saved.id } }, body: { name: name.trim() } }),
      ),
    onSuccess: async () => {
      await refreshSaved(client)
      onClose()
    },
  })
  return (
    <Sheet title={t('saved.rename')} onClose={onClose}>
      <SheetForm
        submit={t('saved.renameIt')}
        isBusy={rename.isPending}
        isReady={name.trim() !== ''}
        problem={rename.error && problemText(rename.error)}
        onSubmit={() => rename.mutate()}
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
        />
      </SheetForm>
    </Sheet>
  )
}
