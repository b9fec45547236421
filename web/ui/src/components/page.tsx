import { useEffect, useId, type ReactNode } from 'react'
import './page.css'

/** A screen of text and controls: its title, also of the window, and panels below. */
export function Page({
  title,
  lead,
  actions,
  children,
}: {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} – Scene-Sense`
  }, [title])
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-words">
          <h1>{title}</h1>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** One matter of a page. */
export function Panel({
  title,
  lead,
  actions,
  children,
}: {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <div>
          <h2 id={id} tabIndex={-1}>
            {title}
          </h2>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  )
}

/** When a row goes that has the focus, the keyboard goes on where what it was part of begins. */
function passFocusOn(row: HTMLLIElement | null): (() => void) | undefined {
  return row
    ? () => {
        if (!row.contains(document.activeElement)) return
        const whole = row.closest<HTMLElement>('.sheet') ?? row.closest('.panel')?.querySelector('h2')
        whole?.focus({ preventScroll: true })
      }
    : undefined
}

const STEP_PX = 24

/** One line of a list: a sign, a name with what is known of it, and what can be done; `depth` steps to the right. */
export function Row({
  depth = 0,
  sign,
  name,
  note,
  marks,
  actions,
}: {
  depth?: number
  sign?: ReactNode
  name: ReactNode
  note?: ReactNode
  marks?: ReactNode
  actions?: ReactNode
}) {
  return (
    <li ref={passFocusOn} className="row" style={{ paddingInlineStart: depth * STEP_PX }}>
      {sign !== undefined && (
        <span className="row-sign" aria-hidden>
          {sign}
        </span>
      )}
      <div className="row-words">
        <div className="row-name">
          {name}
          {marks}
        </div>
        {note !== undefined && <div className="row-note">{note}</div>}
      </div>
      {actions !== undefined && <div className="row-actions">{actions}</div>}
    </li>
  )
}

/** A word on a person, a folder or a session. */
export function Mark({ tone, children }: { tone?: 'warn' | 'bad' | 'accent' | undefined; children: ReactNode }) {
  return (
    <span className="mark-word" data-tone={tone}>
      {children}
    </span>
  )
}
