import { Outlet } from '@tanstack/react-router'
import { AdminFrame } from '@/features/admin/admin-frame'

/** What looks after the server, each screen in the frame that leads to the others. */
export function Admin() {
  return (
    <AdminFrame>
      <Outlet />
    </AdminFrame>
  )
}
