import { useQuery } from '@tanstack/react-query'
import { Sparkles, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import { assetById } from '@/lib/assets'
import { isHandle } from '@/lib/library-search'

/** The picture that is searched with. */
export function LikeChip({ id, onClear }: { id: string; onClear: () => void }) {
  const { t } = useTranslation()
  const asset = useQuery({ ...assetById(id), enabled: !isHandle(id) }).data
  return (
    <span className="like-chip">
      {asset ? <img src={mediaUrl(asset, 240)} alt="" /> : <Sparkles size={16} aria-hidden />}
      <span className="like-text">{t('search.like')}</span>
      <button type="button" aria-label={t('search.clearLike')} onClick={onClear}>
        <X size={15} aria-hidden />
      </button>
    </span>
  )
}
