import { ImageDown } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { readTransfer } from './read-drop'
import { useUploads } from './upload-provider'

const hasFiles = (data: DataTransfer | null): data is DataTransfer => data?.types.includes('Files') === true

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, [contenteditable]')
}

/** Takes files dropped anywhere on the page, and pasted ones. */
export function DropZone() {
  const { t } = useTranslation()
  const { add } = useUploads()
  const [isOver, setIsOver] = useState(false)
  useEffect(() => {
    // Entering a child fires before leaving its parent: only the count tells when the pointer is gone.
    let depth = 0
    const listeners: { [K in 'dragenter' | 'dragleave' | 'dragover' | 'drop']: (event: DragEvent) => void } = {
      dragenter: (event) => {
        if (!hasFiles(event.dataTransfer)) return
        depth += 1
        setIsOver(true)
      },
      dragleave: () => {
        depth = Math.max(0, depth - 1)
        if (depth === 0) setIsOver(false)
      },
      dragover: (event) => hasFiles(event.dataTransfer) && event.preventDefault(),
      drop: (event) => {
        depth = 0
        setIsOver(false)
        if (!hasFiles(event.dataTransfer)) return
        event.preventDefault()
        void readTransfer(event.dataTransfer).then(add)
      },
    }
    const paste = (event: ClipboardEvent) => {
      if (isTyping(event.target) || !hasFiles(event.clipboardData)) return
      event.preventDefault()
      void readTransfer(event.clipboardData).then(add)
    }
    for (const [type, listener] of Object.entries(listeners)) window.addEventListener(type as 'drop', listener)
    window.addEventListener('paste', paste)
    return () => {
      for (const [type, listener] of Object.entries(listeners)) window.removeEventListener(type as 'drop', listener)
      window.removeEventListener('paste', paste)
    }
  }, [add])
  if (!isOver) return null
  return (
    <div className="drop-zone" aria-hidden>
      <div>
        <ImageDown size={40} strokeWidth={1.5} />
        <b>{t('upload.drop')}</b>
        <span>{t('upload.dropHint')}</span>
      </div>
    </div>
  )
}
