import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, mediaUrl, unwrap } from '@/api/client'
import type { AlikeGroup } from '@/api/types'
import { Sheet } from '@/components/sheet'
import { keys } from '@/lib/query'
import { useProblemText } from '@/lib/use-problem-text'

type GroupProps = {
  group: string
  hrefOf: (photo: string) => string
  onOpen: (photo: string) => void
  onClose: () => void
}

/** All the pictures that one of an answer stands for. */
export default function GroupSheet({ group, hrefOf, onOpen, onClose }: GroupProps) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const asked = useQuery({
    queryKey: keys.alikeGroup(group),
    queryFn: ({ signal }): Promise<AlikeGroup> =>
      unwrap(api.GET('/api/duplicates/{id}', { params: { path: { id: group } }, signal })),
  })
  return (
    <Sheet title={t('alike.sheet')} onClose={onClose}>
      {asked.error && <p role="alert">{problemText(asked.error)}</p>}
      <ul className="alike-tiles">
        {asked.data?.members.map((asset) => (
          <li key={asset.id}>
            <a
              href={hrefOf(asset.id)}
              aria-label={asset.filename}
              style={{ backgroundColor: asset.mean_color }}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return
                event.preventDefault()
                onOpen(asset.id)
              }}
            >
              <img src={mediaUrl(asset, 480)} alt="" decoding="async" />
            </a>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}
