import { FolderUp, ImagePlus, ImageUp } from 'lucide-react'
import type { ComponentProps } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import { KeepChoices } from '@/components/keep-menu'
import { Menu, MenuEntry, MenuGroup, MenuLine } from '@/components/menu'
import { useStore } from '@/lib/store'
import { uploadTarget } from '@/lib/upload-target'
import { useKeep, useUploads } from './upload-provider'

/** The button that brings pictures in: files, a folder, and how long they are kept. */
export function AddMenu({
  className,
  placement,
}: {
  className: string
  placement: ComponentProps<typeof Menu>['placement']
}) {
  const { t } = useTranslation()
  const { pickFiles, pickFolder } = useUploads()
  const [keep, setKeep] = useKeep()
  const target = useStore(uploadTarget)
  return (
    <MenuTrigger>
      <Button className={className}>
        <ImagePlus size={20} aria-hidden />
        <span className="add-text">{t('upload.add')}</span>
      </Button>
      <Menu
        label={t('upload.add')}
        placement={placement}
        onAction={(id) => (id === 'files' ? pickFiles() : id === 'folder' && pickFolder())}
      >
        <MenuGroup title={target && t('upload.into', { name: target.path })}>
          <MenuEntry id="files" icon={ImageUp}>
            {t('upload.files')}
          </MenuEntry>
          <MenuEntry id="folder" icon={FolderUp}>
            {t('upload.folder')}
          </MenuEntry>
        </MenuGroup>
        <MenuLine />
        <KeepChoices value={keep} onChange={setKeep} />
      </Menu>
    </MenuTrigger>
  )
}
