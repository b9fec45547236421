import { useNavigate, useSearch } from '@tanstack/react-router'
import { AuditPage } from '@/features/people/audit-page'

/** The log, with what it is narrowed to in the address. */
export function Activity() {
  const search = useSearch({ from: '/signed-in/people/activity' })
  const navigate = useNavigate()
  return (
    <AuditPage
      search={search}
      onSearch={(next) => void navigate({ to: '/people/activity', search: next, replace: true, resetScroll: false })}
    />
  )
}
