import { useNavigate, useSearch } from '@tanstack/react-router'
import { DuplicatesPage } from '@/features/duplicates/duplicates-page'

/** The look-alikes; which of them stands in the address. */
export function Duplicates() {
  const search = useSearch({ from: '/signed-in/duplicates' })
  const navigate = useNavigate()
  return (
    <DuplicatesPage
      search={search}
      onSearch={(next) => void navigate({ to: '/duplicates', search: next, replace: true })}
    />
  )
}
