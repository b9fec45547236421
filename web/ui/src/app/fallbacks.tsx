import { Link, useRouter } from '@tanstack/react-router'
import { CloudOff, Compass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '@/components/empty-state'
import { useProblemText } from '@/lib/use-problem-text'

/** For an address that is none of the page's. */
export function Lost() {
  const { t } = useTranslation()
  return (
    <main>
      <EmptyState
        isPage
        icon={Compass}
        title={t('lost.title')}
        actions={
          <Link to="/" search={{}} className="btn primary">
            {t('lost.home')}
          </Link>
        }
      >
        <p>{t('lost.lead')}</p>
      </EmptyState>
    </main>
  )
}

/** For a page that could not be begun at all, for example because the server does not answer. */
export function Trouble({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const router = useRouter()
  return (
    <main>
      <EmptyState
        isPage
        icon={CloudOff}
        title={t('trouble.title')}
        actions={
          <button
            type="button"
            className="btn primary"
            onClick={() => {
              reset()
              void router.invalidate()
            }}
          >
            {t('results.retry')}
          </button>
        }
      >
        <p role="alert">{problemText(error)}</p>
      </EmptyState>
    </main>
  )
}
