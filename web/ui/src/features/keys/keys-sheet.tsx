import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { Sheet } from '@/components/sheet'
import { AREAS, type Press } from './table'
import './keys.css'

/** All keys of the page, by area. */
export default function KeysSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Sheet title={t('keys.title')} onClose={onClose} isWide>
      <p className="sheet-lead">{t('keys.lead')}</p>
      <div className="keys">
        {AREAS.map(({ title, keys }) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl>
              {keys.map(({ presses, does }) => (
                <div key={does}>
                  <dt>
                    {presses.map((press, k) => (
                      <Fragment key={k}>
                        {k > 0 && <span className="visually-hidden"> {t('keys.or')} </span>}
                        <Pressed press={press} />
                      </Fragment>
                    ))}
                  </dt>
                  <dd>{t(does)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Sheet>
  )
}

const ARROWS: Readonly<Record<string, string>> = {
  'keys.key.left': '←',
  'keys.key.right': '→',
  'keys.key.up': '↑',
  'keys.key.down': '↓',
}

const isMac = /Mac|iP(hone|ad)/.test(navigator.userAgent)

function Pressed({ press }: { press: Press }) {
  const { t } = useTranslation()
  return (
    <span className="keys-press">
      {press.map((key, k) => {
        if (typeof key === 'object') return <kbd key={k}>{key.sign}</kbd>
        if (key === 'keys.key.ctrl' && isMac) return <kbd key={k}>⌘</kbd>
        const arrow = ARROWS[key]
        return (
          <kbd key={k}>
            {arrow !== undefined && <span aria-hidden>{arrow}</span>}
            <span className={arrow === undefined ? undefined : 'visually-hidden'}>{t(key)}</span>
          </kbd>
        )
      })}
    </span>
  )
}
