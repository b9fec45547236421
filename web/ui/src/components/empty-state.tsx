import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** What a place says that has nothing to show: why, and what can be done. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  actions,
}: {
  icon: LucideIcon
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="empty">
      <div className="empty-art">
        <Icon size={32} strokeWidth={1.75} aria-hidden />
      </div>
      <h2>{title}</h2>
      {children}
      {actions !== undefined && <div className="empty-actions">{actions}</div>}
    </div>
  )
}
