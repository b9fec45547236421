import {
  useInfiniteQuery,
  useMutation,
  useQueryClient,
  type InfiniteData,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query'
import { Copy, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AlikeGroup, GroupPage } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Segments } from '@/components/segments'
import { Sheet, SheetForm } from '@/components/sheet'
import { GROUP_WAYS, type DuplicatesSearch, type GroupWay } from '@/lib/duplicates-search'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { GroupCard } from './group-card'
import { groupList, keepApart } from './queries'
import './duplicates.css'

type GroupQuery = UseInfiniteQueryResult<InfiniteData<GroupPage>>

type DuplicatesProps = { search: DuplicatesSearch; onSearch: (search: DuplicatesSearch) => void }

/** Pictures that are nearly the same, or of one burst, in groups: one is kept, others go, and back again. */
export function DuplicatesPage({ search, onSearch }: DuplicatesProps) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  const [apart, setApart] = useState<AlikeGroup | null>(null)
  const kind = search.kind ?? 'duplicate'
  const list = useInfiniteQuery(groupList(kind))
  useEffect(() => {
    document.title = `${t('nav.duplicates')} – Scene-Sense`
  }, [t])
  const groups = list.data?.pages.flatMap((page) => page.items) ?? []
  const goOn = () => heading.current?.focus()
  return (
    <div className="duplicates">
      <header className="duplicates-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {t('nav.duplicates')}
          </h1>
          <p>{t(kind === 'burst' ? 'alike.leadBurst' : 'alike.lead')}</p>
        </div>
        <Segments
          label={t('alike.way')}
          value={kind}
          options={GROUP_WAYS.map((value) => ({ value, text: t(`alike.way.${value}`) }))}
          onChoose={(value) => onSearch(value === 'burst' ? { kind: value } : {})}
        />
      </header>
      <State list={list} kind={kind} />
      {groups.map((group) => (
        // Of other members another choice is proposed.
        <GroupCard
          key={`${group.id} ${group.members.map(({ id }) => id).join()}`}
          group={group}
          onApart={() => setApart(group)}
          onGone={goOn}
        />
      ))}
      {list.hasNextPage && (
        <button
          type="button"
          className="btn duplicates-more"
          aria-disabled={list.isFetchingNextPage}
          onClick={() => !list.isFetchingNextPage && void list.fetchNextPage()}
        >
          {list.isFetchingNextPage && <LoaderCircle size={18} className="spinner" aria-hidden />}
          {t('alike.more')}
        </button>
      )}
      {apart && <ApartSheet group={apart} onClose={() => setApart(null)} onDone={goOn} />}
    </div>
  )
}

/** How many there are, or why there are none. */
function State({ list, kind }: { list: GroupQuery; kind: GroupWay }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const problemText = useProblemText()
  const total = list.data?.pages[0]?.total ?? 0
  const isEmpty = (list.data?.pages ?? []).every((page) => page.items.length === 0)
  if (!isEmpty)
    return (
      <p className="duplicates-total" role="status">
        {t('alike.total', { count: total, number: new Intl.NumberFormat(locale).format(total) })}
      </p>
    )
  if (list.isError)
    return (
      <EmptyState
        icon={TriangleAlert}
        title={t('results.failed')}
        actions={
          <button type="button" className="btn" onClick={() => void list.refetch()}>
            {t('results.retry')}
          </button>
        }
      >
        <p role="alert">{problemText(list.error)}</p>
      </EmptyState>
    )
  if (list.isPending) return null
  return (
    <EmptyState icon={Copy} title={t(kind === 'burst' ? 'alike.noneBurst' : 'alike.none')}>
      <p>{t(kind === 'burst' ? 'alike.noneBurstHint' : 'alike.noneHint')}</p>
    </EmptyState>
  )
}

/** Asked first, as it holds for good. */
function ApartSheet({ group, onClose, onDone }: { group: AlikeGroup; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const apart = useMutation({
    mutationFn: () => keepApart(client, group.id),
    onSuccess: () => {
      onClose()
      showToast(t('alike.apartDone'))
      onDone()
    },
  })
  return (
    <Sheet title={t('alike.apartTitle')} onClose={onClose}>
      <SheetForm
        submit={t('alike.apartDo')}
        isBusy={apart.isPending}
        problem={apart.error ? problemText(apart.error) : null}
        onSubmit={() => apart.mutate()}
        onClose={onClose}
      >
        <p className="sheet-lead">{t('alike.apartLead', { count: group.members.length })}</p>
      </SheetForm>
    </Sheet>
  )
}
