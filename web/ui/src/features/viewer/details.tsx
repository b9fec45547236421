import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  CalendarDays,
  Camera,
  CircleAlert,
  FileImage,
  Folder,
  Hourglass,
  LoaderCircle,
  MapPin,
  SearchCheck,
  Tags,
  User,
  X,
  type LucideIcon,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import type { Asset } from '@/api/types'
import { KeepMenu } from '@/components/keep-menu'
import { isBeingIndexed, patchAsset } from '@/lib/assets'
import { useMay } from '@/lib/auth'
import { formatBytes, formatDay, formatMegapixels, formatTaken } from '@/lib/format'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { daysUntil, type Keep } from '@/lib/ttl'
import { useProblemText } from '@/lib/use-problem-text'
import { useLocale } from '@/lib/use-locale'

type DetailsProps = {
  asset: Asset
  onFolder: (asset: Asset) => void
  onTag: (tag: string) => void
  onClose: () => void
}

/** What is known of the open picture, and how long it is kept. */
export function Details({ asset, onFolder, onTag, onClose }: DetailsProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { folder } = asset
  const mayChange = useMay().add && asset.mine
  return (
    <aside className="details" aria-label={t('details.title')}>
      <header>
        <h2>{t('details.title')}</h2>
        <button type="button" className="btn small icon ghost" aria-label={t('details.close')} onClick={onClose}>
          <X size={18} aria-hidden />
        </button>
      </header>
      <p className="details-name">{asset.filename}</p>
      {asset.description !== '' && <p className="details-text">{asset.description}</p>}
      <ul>
        <TakenFact asset={asset} />
        {(asset.camera !== null || asset.lens !== null) && (
          <Fact
            icon={Camera}
            name={t('details.camera')}
            first={asset.camera ?? asset.lens}
            second={asset.camera === null ? null : asset.lens}
          />
        )}
        <Fact
          icon={FileImage}
          name={t('details.size')}
          first={`${asset.width} × ${asset.height}`}
          second={[
            formatMegapixels(asset.width, asset.height, locale),
            formatBytes(asset.bytes, locale),
            asset.mime.replace('image/', '').toUpperCase(),
          ].join(' · ')}
        />
        {asset.latitude !== null && asset.longitude !== null && (
          <Fact
            icon={MapPin}
            name={t('details.place')}
            first={`${asset.latitude.toFixed(4)}, ${asset.longitude.toFixed(4)}`}
          />
        )}
        {folder !== null && (
          <Fact
            icon={Folder}
            name={t('details.folder')}
            first={
              <button type="button" className="details-link" onClick={() => onFolder(asset)}>
                {folder}
              </button>
            }
          />
        )}
        {asset.tags.length > 0 && (
          <Fact
            icon={Tags}
            name={t('details.tags')}
            first={
              <span className="details-tags">
                {asset.tags.map((tag) => (
                  <button key={tag} type="button" className="chip" onClick={() => onTag(tag)}>
                    {tag}
                  </button>
                ))}
              </span>
            }
          />
        )}
        {!asset.mine && (
          <Fact icon={User} name={t('details.owner')} first={t('details.of', { name: asset.owner.name })} />
        )}
        {asset.mine && <KeptFact asset={asset} mayChange={mayChange} />}
        <IndexFact asset={asset} mayChange={mayChange} />
      </ul>
    </aside>
  )
}

function Fact({
  icon: Icon,
  name,
  first,
  second,
}: {
  icon: LucideIcon
  name: string
  first: ReactNode
  second?: ReactNode
}) {
  return (
    <li className="fact">
      <Icon size={20} strokeWidth={1.75} aria-hidden />
      <div>
        <span className="visually-hidden">{name}: </span>
        <div className="fact-first">{first}</div>
        {second !== undefined && second !== null && <div className="fact-second">{second}</div>}
      </div>
    </li>
  )
}

function TakenFact({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const added = t('details.added', { day: formatDay(asset.uploaded_at, locale) })
  if (asset.taken === null)
    return <Fact icon={CalendarDays} name={t('details.date')} first={t('details.noDate')} second={added} />
  const { day, time } = formatTaken(asset.taken.local, locale)
  return <Fact icon={CalendarDays} name={t('details.date')} first={day} second={`${time} · ${added}`} />
}

function KeptFact({ asset, mayChange }: { asset: Asset; mayChange: boolean }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const client = useQueryClient()
  const problemText = useProblemText()
  const change = useMutation({
    mutationFn: (keep: Keep) => patchAsset(client, asset.id, { ttl: keep }),
    onError: (error) => showToast(problemText(error)),
  })
  const days = daysUntil(asset.expires_at)
  const until =
    asset.expires_at === null
      ? t('details.keptAlways')
      : t('details.keptUntil', { day: formatDay(asset.expires_at, locale) })
  return (
    <Fact
      icon={Hourglass}
      name={t('details.kept')}
      first={<span data-testid="kept">{until}</span>}
      second={
        <span className="details-keep">
          {days !== null && <span>{t('details.daysLeft', { count: days })}</span>}
          {mayChange && (
            <KeepMenu
              value={asset.expires_at === null ? 'never' : null}
              onChange={(keep) => change.mutate(keep)}
              text={t('details.change')}
              label={t('keep.title')}
              isDark
            />
          )}
        </span>
      }
    />
  )
}

function IndexFact({ asset, mayChange }: { asset: Asset; mayChange: boolean }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const retry = useMutation({
    mutationFn: () => unwrap(api.POST('/api/jobs/retry', { body: { asset_ids: [asset.id] } })),
    onSuccess: () => {
      for (const queryKey of [keys.assetLists, keys.asset(asset.id), keys.status])
        void client.invalidateQueries({ queryKey })
    },
    onError: (error) => showToast(problemText(error)),
  })
  if (asset.index.state === 'failed')
    return (
      <Fact
        icon={CircleAlert}
        name={t('details.index')}
        first={t('details.indexFailed')}
        second={
          <span className="details-keep">
            <span>{asset.index.error_text}</span>
            {mayChange && (
              <button type="button" className="btn small" disabled={retry.isPending} onClick={() => retry.mutate()}>
                {t('details.indexRetry')}
              </button>
            )}
          </span>
        }
      />
    )
  if (isBeingIndexed(asset)) return <Fact icon={LoaderCircle} name={t('details.index')} first={t('details.indexing')} />
  return <Fact icon={SearchCheck} name={t('details.index')} first={t('details.searchable')} />
}
