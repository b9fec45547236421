import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, compact, unwrap } from '@/api/client'
import type { Asset, AssetPage } from '@/api/types'
import { Field } from '@/components/fields'
import { Sheet, SheetForm } from '@/components/sheet'
import { confirming } from '@/lib/confirm'
import { refreshAll } from '@/lib/edits'
import { formatBytes } from '@/lib/format'
import { keys } from '@/lib/query'
import { clear } from '@/lib/selection'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

const PAGE = 1000

type Sum = { count: number; bytes: number }

function sumOf(assets: readonly Asset[]): Sum {
  return { count: assets.length, bytes: assets.reduce((sum, asset) => sum + asset.bytes, 0) }
}

/** How much all of the trash is. */
async function countTrash(signal: AbortSignal): Promise<Sum> {
  const sum = { count: 0, bytes: 0 }
  let after: string | undefined
  do {
    const page: AssetPage = await unwrap(
      api.GET('/api/trash', { params: { query: compact({ limit: PAGE, after }) }, signal }),
    )
    const more = sumOf(page.items)
    sum.count += more.count
    sum.bytes += more.bytes
    after = page.next ?? undefined
  } while (after !== undefined)
  return sum
}

/** Asks before pictures are gone for good: how many are typed, so that nothing goes by a slip. */
export default function EmptySheet({ assets, onClose }: { assets: readonly Asset[] | null; onClose: () => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const [typed, setTyped] = useState('')
  const all = useQuery({
    queryKey: [...keys.trash, 'sum'],
    queryFn: ({ signal }) => countTrash(signal),
    enabled: assets === null,
    staleTime: 0,
    gcTime: 0,
  })
  const sum = assets ? sumOf(assets) : all.data
  const empty = useMutation({
    mutationFn: () =>
      confirming(() =>
        unwrap(api.POST('/api/trash/empty', { body: assets ? { ids: assets.map((asset) => asset.id) } : {} })),
      ),
    onSuccess: ({ emptied }) => {
      clear()
      showToast(t('trash.did.emptied', { count: emptied }))
      onClose()
      return refreshAll(client)
    },
  })
  return (
    <Sheet title={t('trash.emptyTitle')} onClose={onClose}>
      <SheetForm
        submit={t('trash.emptySubmit')}
        isDanger
        isBusy={empty.isPending}
        isReady={sum !== undefined && sum.count > 0 && typed.replace(/\D/g, '') === String(sum.count)}
        problem={empty.error ? problemText(empty.error) : all.error && problemText(all.error)}
        onSubmit={() => empty.mutate()}
        onClose={onClose}
      >
        {sum ? (
          <>
            <p>{t('trash.emptyLead', { count: sum.count, size: formatBytes(sum.bytes, locale) })}</p>
            <Field
              label={t('trash.type', { count: sum.count })}
              inputMode="numeric"
              autoComplete="off"
              autoFocus
              value={typed}
              onText={setTyped}
            />
          </>
        ) : (
          <p role="status" className="trash-counting">
            <LoaderCircle size={18} className="spinner" aria-hidden />
            {t('trash.counting')}
          </p>
        )}
      </SheetForm>
    </Sheet>
  )
}
