import { useQuery } from '@tanstack/react-query'
import { FileX2, ImageOff, RotateCw, Trash2, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import type { Asset, FailedAsset, RefusedUpload } from '@/api/types'
import { Mark, Panel, Row } from '@/components/page'
import { formatBytes, formatMoment } from '@/lib/format'
import { useLocale } from '@/lib/use-locale'
import en from '@/locales/en.json'
import type { Group } from './groups'
import { looksOf } from './queries'
import type { FailureActions } from './use-failure-actions'

type ErrorKey = Extract<keyof typeof en, `error.${string}`>
type RemedyKey = Extract<keyof typeof en, `remedy.${string}`>

const AT_FIRST = 20

/** The original is not there, or its disk does not give it. */
const UNREADABLE = new Set(['not_found', 'read_failed', 'original_unreadable'])

type GroupProps = { group: Group; mayChange: boolean; actions: FailureActions }

/** What failed for one reason: what helps, each picture and file, and what can be done with all of them. */
export function FailureGroup({ group, mayChange, actions }: GroupProps) {
  const { t } = useTranslation()
  const [isWhole, setIsWhole] = useState(false)
  const { code, assets, uploads } = group
  const reason = useReasonText(group)
  const shown = isWhole ? assets : assets.slice(0, AT_FIRST)
  const shownUploads = isWhole ? uploads : uploads.slice(0, Math.max(0, AT_FIRST - shown.length))
  // What can't be read has no picture that could be shown.
  const seen = UNREADABLE.has(code) ? [] : shown.filter((asset) => !asset.set_aside)
  const looks = useQuery(looksOf(seen.map(({ id }) => id))).data
  const hidden = assets.length + uploads.length - shown.length - shownUploads.length
  const all = { assets: assets.map(({ id }) => id), uploads: uploads.map(({ id }) => id) }
  return (
    <Panel
      title={reason.title}
      lead={reason.remedy}
      actions={
        mayChange && (
          <span className="row-actions">
            {assets.length > 0 && (
              <button
                type="button"
                className="btn small"
                aria-label={t('failures.retryGroup', { reason: reason.title })}
                aria-disabled={actions.isBusy}
                onClick={() => actions.retry({ code }, null)}
              >
                {t('failures.retry')}
              </button>
            )}
            <button
              type="button"
              className="btn small"
              aria-label={t('failures.discardGroup', { reason: reason.title })}
              aria-disabled={actions.isBusy}
              onClick={() => actions.discard(all)}
            >
              {t('failures.discard')}
            </button>
          </span>
        )
      }
    >
      <ul className="rows">
        {shown.map((asset) => (
          <AssetRow key={asset.id} asset={asset} look={looks?.get(asset.id)} actions={mayChange ? actions : null} />
        ))}
        {shownUploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} actions={mayChange ? actions : null} />
        ))}
      </ul>
      {hidden > 0 && (
        <button type="button" className="btn failures-more" onClick={() => setIsWhole(true)}>
          {t('failures.more', { count: hidden })}
        </button>
      )}
    </Panel>
  )
}

/** Why it failed and what helps, in the reader's language where the code is known. */
function useReasonText({ code, remedy, assets, uploads }: Group): { title: string; remedy: string } {
  const { t } = useTranslation()
  const error = `error.${code}`
  const help = `remedy.${code}`
  return {
    title: error in en ? t(error as ErrorKey) : ((assets[0] ?? uploads[0])?.text ?? code),
    remedy: help in en ? t(help as RemedyKey) : remedy,
  }
}

type AssetProps = { asset: FailedAsset; look: Asset | undefined; actions: FailureActions | null }

function AssetRow({ asset, look, actions }: AssetProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { id, filename, bytes, at, attempts, set_aside: isSetAside } = asset
  return (
    <Row
      sign={look ? <img className="failure-look" src={mediaUrl(look, 240)} alt="" /> : <ImageOff size={18} />}
      name={filename}
      marks={isSetAside && <Mark>{t('failures.setAside')}</Mark>}
      note={factsOf([formatBytes(bytes, locale), formatMoment(at, locale), t('failures.tries', { count: attempts })])}
      actions={
        actions && (
          <>
            <IconButton
              icon={<RotateCw size={18} aria-hidden />}
              label={t('failures.retryOne', { name: filename })}
              isBusy={actions.isBusy}
              onPress={() => actions.retry({ assets: [id] }, filename)}
            />
            <IconButton
              icon={<Trash2 size={18} aria-hidden />}
              label={t('failures.trashOne', { name: filename })}
              isBusy={actions.isBusy}
              onPress={() => actions.discard({ assets: [id] })}
            />
          </>
        )
      }
    />
  )
}

function UploadRow({ upload, actions }: { upload: RefusedUpload; actions: FailureActions | null }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { id, filename, bytes, at } = upload
  return (
    <Row
      sign={<FileX2 size={18} />}
      name={filename}
      marks={<Mark>{t('failures.refused')}</Mark>}
      note={factsOf([formatBytes(bytes, locale), formatMoment(at, locale)])}
      actions={
        actions && (
          <IconButton
            icon={<X size={18} aria-hidden />}
            label={t('failures.forgetOne', { name: filename })}
            isBusy={actions.isBusy}
            onPress={() => actions.discard({ uploads: [id] })}
          />
        )
      }
    />
  )
}

const factsOf = (facts: readonly string[]): string => facts.join(' · ')

type IconButtonProps = { icon: ReactNode; label: string; isBusy: boolean; onPress: () => void }

function IconButton({ icon, label, isBusy, onPress }: IconButtonProps) {
  return (
    <button
      type="button"
      className="btn icon ghost"
      aria-label={label}
      title={label}
      aria-disabled={isBusy}
      onClick={onPress}
    >
      {icon}
    </button>
  )
}
