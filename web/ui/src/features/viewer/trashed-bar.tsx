import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RotateCcw, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { assetById, restoreAsset } from '@/lib/assets'
import { useMay } from '@/lib/auth'
import { formatDay } from '@/lib/format'
import { showToast } from '@/lib/toasts'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** Says of a picture in the trash that it is there, until when, and takes it out again. */
export function TrashedBar({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const mayRestore = useMay().add && asset.mine
  const restore = useMutation({
    mutationFn: async () => {
      await restoreAsset(client, asset.id)
      await client.invalidateQueries({ queryKey: assetById(asset.id).queryKey })
    },
    onError: (error) => showToast(problemText(error)),
  })
  return (
    <div className="viewer-trashed" role="status">
      <Trash2 size={18} aria-hidden />
      <p>
        {asset.purge_after === null
          ? t('viewer.inTrash')
          : t('viewer.inTrashUntil', { day: formatDay(asset.purge_after, locale) })}
      </p>
      {mayRestore && (
        <button
          type="button"
          className="btn small"
          aria-disabled={restore.isPending}
          onClick={() => restore.isPending || restore.mutate()}
        >
          <RotateCcw size={15} aria-hidden />
          {t('viewer.restore')}
        </button>
      )}
    </div>
  )
}
