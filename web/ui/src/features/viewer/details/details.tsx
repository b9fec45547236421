import { Camera, FileImage, User, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Asset } from '@/api/types'
import { useMay } from '@/lib/auth'
import { formatBytes, formatMegapixels } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import { Description } from './description'
import { Fact } from './fact'
import { FolderFact } from './folder-fact'
import { IndexFact } from './index-fact'
import { KeptFact } from './kept-fact'
import { Stars } from './marks-fact'
import { PlaceFact } from './place-fact'
import { PlacesFacts } from './places-facts'
import { TagsFact } from './tags-fact'
import { TakenFact } from './taken-fact'
import './details.css'

type DetailsProps = {
  asset: Asset
  onFolder: (asset: Asset) => void
  onTag: (tag: string) => void
  onAlbum: (id: string) => void
  onMove: (id: string) => void
  onClose: () => void
}

/** All that is known of the open picture, and what of it the person may change. */
export function Details({ asset, onFolder, onTag, onAlbum, onMove, onClose }: DetailsProps) {
  const { t } = useTranslation()
  const { add } = useMay()
  const mayChange = add && asset.mine && asset.state === 'active'
  return (
    <aside className="details" aria-label={t('details.title')}>
      <header>
        <h2>{t('details.title')}</h2>
        <button type="button" className="btn small icon ghost" aria-label={t('details.close')} onClick={onClose}>
          <X size={18} aria-hidden />
        </button>
      </header>
      <p className="details-name">{asset.filename}</p>
      {mayChange && <Stars asset={asset} />}
      <Description key={asset.id} asset={asset} mayChange={mayChange} />
      {/* Half-written dates, tags and places belong to the picture that they were written for. */}
      <ul key={`facts ${asset.id}`}>
        <TakenFact asset={asset} mayChange={mayChange} />
        {(asset.camera !== null || asset.lens !== null) && (
          <Fact
            icon={Camera}
            name={t('details.camera')}
            first={asset.camera ?? asset.lens}
            second={asset.camera === null ? null : asset.lens}
          />
        )}
        <FileFact asset={asset} />
        {asset.latitude !== null && asset.longitude !== null && (
          <PlaceFact latitude={asset.latitude} longitude={asset.longitude} />
        )}
        <TagsFact asset={asset} mayChange={mayChange} onTag={onTag} />
        <FolderFact asset={asset} mayChange={mayChange} onFolder={onFolder} />
        <PlacesFacts asset={asset} mayCollect={add && asset.state === 'active'} onAlbum={onAlbum} onMove={onMove} />
        {!asset.mine && (
          <Fact icon={User} name={t('details.owner')} first={t('details.of', { name: asset.owner.name })} />
        )}
        {asset.mine && <KeptFact asset={asset} mayChange={mayChange} />}
        <IndexFact asset={asset} mayChange={mayChange} />
      </ul>
    </aside>
  )
}

function FileFact({ asset }: { asset: Asset }) {
  const { t } = useTranslation()
  const locale = useLocale()
  return (
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
  )
}
