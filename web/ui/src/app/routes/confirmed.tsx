import { CheckCheck } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '@/components/empty-state'
import { CONFIRMED } from '@/lib/confirm'

/** The end of a window that was opened to prove who somebody is: tells the page that waits, and closes itself. */
export function Confirmed() {
  const { t } = useTranslation()
  useEffect(() => {
    const channel = new BroadcastChannel(CONFIRMED)
    channel.postMessage(CONFIRMED)
    channel.close()
    window.close()
  }, [])
  return (
    <main>
      <EmptyState icon={CheckCheck} title={t('confirm.done')}>
        <p>{t('confirm.doneHint')}</p>
      </EmptyState>
    </main>
  )
}
