import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** What a place says that has nothing to show: why, and what can be done. */
export function EmptyState({
  icon: Icon,
  title,
  isPage = false,
  children,
  actions,
}: {
  icon: LucideIcon
  title: string
  /** Whether there is nothing else on the page, so that this is its heading. */
  isPage?: boolean
  children?: ReactNode
  actions?: ReactNode
}) {
  const Heading = isPage ? 'h1' : 'h2'
  return (
    <div className="empty">
      <div className="empty-art">
        <Icon size={32} strokeWidth={1.75} aria-hidden />
      </div>
      <Heading>{title}</Heading>
      {children}
      {actions !== undefined && <div className="empty-actions">{actions}</div>}
    </div>
  )
}
