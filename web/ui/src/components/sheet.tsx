import { LoaderCircle, X } from 'lucide-react'
import type { ReactNode, SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { FormProblem } from './fields'
import './sheet.css'

/** A dialog above the page; on a phone it rises from the bottom. Mounted means open. */
export function Sheet({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <ModalOverlay className="sheet-overlay" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="sheet-modal">
        <Dialog className="sheet">
          <header>
            <Heading slot="title">{title}</Heading>
            <button type="button" className="btn small icon ghost" aria-label={t('sheet.close')} onClick={onClose}>
              <X size={18} aria-hidden />
            </button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

type FormProps = {
  submit: string
  isBusy: boolean
  isReady?: boolean
  /** For what can't be taken back. */
  isDanger?: boolean
  problem: string | null
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

/** The form of a sheet: fields, what went wrong, the way out and the way on. */
export function SheetForm(props: FormProps) {
  const { submit, isBusy, isReady = true, isDanger = false, problem, onSubmit, onClose, children } = props
  const { t } = useTranslation()
  return (
    <form
      className="form"
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault()
        if (!isBusy) onSubmit()
      }}
    >
      {children}
      <FormProblem text={problem} />
      <div className="form-actions">
        <button type="button" className="btn" onClick={onClose}>
          {t('sheet.cancel')}
        </button>
        {/* Not disabled while it works: that would take the keyboard away from it. */}
        <button
          type="submit"
          className={isDanger ? 'btn danger' : 'btn primary'}
          disabled={!isReady}
          aria-disabled={isBusy}
        >
          {isBusy && <LoaderCircle size={18} className="spinner" aria-hidden />}
          {submit}
        </button>
      </div>
    </form>
  )
}
