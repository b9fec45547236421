import { ChevronDown, Hourglass } from 'lucide-react'
import { useRef, useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, MenuTrigger } from 'react-aria-components'
import type { Asset } from '@/api/types'
import { Menu, MenuEntry } from '@/components/menu'
import { formatDay } from '@/lib/format'
import { daysUntil } from '@/lib/ttl'
import { useLocale } from '@/lib/use-locale'
import { useEdit } from '../use-edit'
import { Fact } from './fact'
import { useFocusBack } from './use-focus-back'

const DAY_MS = 86_400_000
/** The lives that are offered, in days; 0 is for ever. */
const LIVES = { never: 0, '1d': 1, '7d': 7, '30d': 30, '365d': 365 } as const

/** How long a picture is kept, in words, and the way to say it otherwise. */
export function KeptFact({ asset, mayChange }: { asset: Asset; mayChange: boolean }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const edit = useEdit()
  const [isPicking, setIsPicking] = useState(false)
  const days = daysUntil(asset.expires_at)
  const until =
    asset.expires_at === null
      ? t('details.keptAlways')
      : t('details.keptUntil', { day: formatDay(asset.expires_at, locale) })
  const choose = (life: string) => {
    if (life === 'date') return setIsPicking(true)
    const kept = LIVES[life as keyof typeof LIVES]
    const expires_at = kept === 0 ? null : new Date(Date.now() + kept * DAY_MS).toISOString()
    void edit(asset.id, { body: { ttl: life }, show: (shown) => ({ ...shown, expires_at }) })
  }
  return (
    <Fact
      icon={Hourglass}
      name={t('details.kept')}
      first={<span data-testid="kept">{until}</span>}
      second={
        <span className="details-row">
          {days !== null && <span>{t('details.daysLeft', { count: days })}</span>}
          {mayChange && (
            <MenuTrigger>
              <Button
                data-opens
                className="btn small keep-button"
                aria-label={`${t('keep.title')}: ${t('details.change')}`}
              >
                {t('details.change')}
                <ChevronDown size={15} aria-hidden />
              </Button>
              <Menu label={t('keep.title')} isDark onAction={choose}>
                <MenuEntry id="never">{t('keep.never')}</MenuEntry>
                <MenuEntry id="1d">{t('details.keep1d')}</MenuEntry>
                <MenuEntry id="7d">{t('keep.7d')}</MenuEntry>
                <MenuEntry id="30d">{t('keep.30d')}</MenuEntry>
                <MenuEntry id="365d">{t('keep.365d')}</MenuEntry>
                <MenuEntry id="date">{t('details.keepDate')}</MenuEntry>
              </Menu>
            </MenuTrigger>
          )}
          {isPicking && <UntilForm asset={asset} onClose={() => setIsPicking(false)} />}
        </span>
      }
    />
  )
}

/** The day as a field of the browser writes it, where the reader is. */
function dayOf(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
}

function UntilForm({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const { t } = useTranslation()
  const edit = useEdit()
  const form = useRef<HTMLFormElement>(null)
  useFocusBack(form)
  const [tomorrow] = useState(() => dayOf(new Date(Date.now() + DAY_MS)))
  const [day, setDay] = useState(tomorrow)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    // Until that day is over, where the reader is.
    const expires_at = new Date(`${day}T23:59:59`).toISOString()
    if (await edit(asset.id, { body: { expires_at }, show: (shown) => ({ ...shown, expires_at }) })) onClose()
  }
  return (
    <form
      ref={form}
      className="details-form"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <input
        type="date"
        // The person just asked for it.
        autoFocus
        aria-label={t('details.keepUntil')}
        required
        min={tomorrow}
        value={day}
        onChange={(event) => setDay(event.target.value)}
      />
      <span className="details-row">
        <button type="submit" className="btn small primary">
          {t('details.save')}
        </button>
        <button type="button" className="btn small" onClick={onClose}>
          {t('sheet.cancel')}
        </button>
      </span>
    </form>
  )
}
