import { useNavigate } from '@tanstack/react-router'
import { AlbumsPage } from '@/features/albums/albums-page'

/** All albums; one that was just made is gone on with. */
export function Albums() {
  const navigate = useNavigate()
  return <AlbumsPage onOpen={({ id }) => void navigate({ to: '/albums/$id', params: { id } })} />
}
