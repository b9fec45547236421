import { useInfiniteQuery } from '@tanstack/react-query'
import { Check, LoaderCircle, Search, X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { api, compact, mediaUrl, unwrap } from '@/api/client'
import type { Album, Asset } from '@/api/types'
import { FormProblem } from '@/components/fields'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { putInto, useAlbumChange } from './queries'
import './arrange.css'

const SETTLE_MS = 350
const PAGE = 120

type Page = { items: readonly Asset[]; next: string | null }

/** The latest pictures, or what was found, page by page; guests choose among their own only. */
function useCandidates(q: string, isGuest: boolean) {
  const owner = isGuest ? 'me' : undefined
  const found = useInfiniteQuery({
    queryKey: [...keys.searches, 'picker', q, owner],
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      const query = compact({ limit: PAGE, after: pageParam, owner })
      if (q === '') return unwrap(api.GET('/api/assets', { params: { query }, signal }))
      const answer = await unwrap(api.GET('/api/search', { params: { query: { ...query, q } }, signal }))
      return { items: answer.items.map((hit) => hit.asset), next: answer.next }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  })
  const assets = useMemo(() => (found.data?.pages ?? []).flatMap((page) => page.items), [found.data])
  return { ...found, assets }
}

/** Chooses pictures of the library for an album. */
export function Picker({ album, onClose }: { album: Album; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [words, setWords] = useState('')
  const [settled, setSettled] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => {
    const timer = setTimeout(() => setSettled(words.trim()), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [words])
  const found = useCandidates(settled, !album.mine)
  const put = useAlbumChange(
    () => putInto(album.id, [...chosen]),
    ({ changed }) => {
      showToast(t('picker.added', { count: changed, name: album.name }))
      onClose()
    },
  )
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    setChosen(next)
  }
  return (
    <ModalOverlay
      className="sheet-overlay"
      isOpen
      isDismissable={chosen.size === 0}
      onOpenChange={(is) => !is && onClose()}
    >
      <Modal className="picker-modal">
        <Dialog className="picker">
          <header>
            <div className="picker-head">
              <Heading slot="title">{t('picker.title', { name: album.name })}</Heading>
              <button type="button" className="btn small icon ghost" aria-label={t('sheet.close')} onClick={onClose}>
                <X size={18} aria-hidden />
              </button>
            </div>
            <div className="field">
              <div className="field-box">
                <Search size={18} aria-hidden className="picker-sign" />
                <input
                  type="search"
                  autoFocus
                  aria-label={t('picker.find')}
                  placeholder={t('picker.find')}
                  value={words}
                  onChange={(event) => setWords(event.target.value)}
                />
              </div>
            </div>
          </header>
          <div className="picker-body">
            <FormProblem text={found.error && problemText(found.error)} />
            {found.isSuccess && found.assets.length === 0 && <p>{t('picker.nothing')}</p>}
            <PickList found={found} chosen={chosen} onToggle={toggle} />
          </div>
          <footer>
            <p role="status">{chosen.size > 0 && t('arrange.chosen', { count: chosen.size })}</p>
            <FormProblem text={put.error && problemText(put.error)} />
            <button
              type="button"
              className="btn primary"
              aria-disabled={chosen.size === 0 || put.isPending}
              onClick={() => chosen.size > 0 && !put.isPending && put.mutate(undefined)}
            >
              {put.isPending && <LoaderCircle size={18} className="spinner" aria-hidden />}
              {t('picker.add')}
            </button>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

type PickListProps = {
  found: ReturnType<typeof useCandidates>
  chosen: ReadonlySet<string>
  onToggle: (id: string) => void
}

function PickList({ found, chosen, onToggle }: PickListProps) {
  const { t } = useTranslation()
  const end = useRef<HTMLDivElement>(null)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [isFetchingNextPage, fetchNextPage])
  useEffect(() => {
    if (!hasNextPage || !end.current) return
    const observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), {
      rootMargin: '800px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [hasNextPage, more])
  return (
    <>
      <ul className="board" aria-label={t('picker.list')}>
        {found.assets.map((asset) => (
          <li key={asset.id} className="tile">
            <button
              type="button"
              className="tile-face"
              aria-pressed={chosen.has(asset.id)}
              aria-label={asset.filename}
              style={{ backgroundColor: asset.mean_color }}
              onClick={() => onToggle(asset.id)}
            >
              <img alt="" loading="lazy" decoding="async" draggable={false} src={mediaUrl(asset, 240)} />
              <span className="tile-check" aria-hidden>
                <Check size={16} strokeWidth={3} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {hasNextPage && <div ref={end} className="board-end" />}
    </>
  )
}
