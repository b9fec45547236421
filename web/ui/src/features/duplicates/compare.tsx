import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { mediaUrl } from '@/api/client'
import type { AlikeGroup } from '@/api/types'
import type { Kept } from './choice'
import { KeepToggle, MemberFacts } from './member'

type CompareProps = { group: AlikeGroup; kept: Kept; onToggle: (id: string) => void; onClose: () => void }

/** The pictures of a group as large as the screen lets them be, side by side. */
export default function Compare({ group, kept, onToggle, onClose }: CompareProps) {
  const { t } = useTranslation()
  return (
    <ModalOverlay className="compare-overlay" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="compare-modal">
        <Dialog className="compare">
          <header>
            <Heading slot="title">{t('alike.group', { count: group.members.length })}</Heading>
            <button type="button" className="btn icon ghost" aria-label={t('sheet.close')} onClick={onClose}>
              <X size={20} aria-hidden />
            </button>
          </header>
          {/* Reached by the keyboard, so that it can be scrolled by it. */}
          <ul className="compare-members" tabIndex={0} aria-label={t('alike.compare')}>
            {group.members.map((asset) => (
              <li key={asset.id} className="compare-member" data-kept={kept.has(asset.id)}>
                <img src={mediaUrl(asset, 1440)} alt={asset.filename} width={asset.width} height={asset.height} />
                <div className="compare-words">
                  <MemberFacts group={group} asset={asset} />
                  <KeepToggle asset={asset} isKept={kept.has(asset.id)} onToggle={() => onToggle(asset.id)} />
                </div>
              </li>
            ))}
          </ul>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
