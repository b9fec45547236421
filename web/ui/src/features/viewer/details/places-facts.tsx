import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Copy, Eye, Images, Plus, Users, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, mediaUrl, unwrap } from '@/api/client'
import type { AlikeGroup, Asset, Whereabouts } from '@/api/types'
import { albumList } from '@/lib/albums'
import { me } from '@/lib/auth'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { Fact } from './fact'
import { refreshPlaces, whereaboutsOf } from './queries'
import { Suggest } from './suggest'

type PlacesProps = {
  asset: Asset
  /** Whether the person has albums of their own to put it into. */
  mayCollect: boolean
  onAlbum: (id: string) => void
  onMove: (id: string) => void
}

/** The albums that a picture is in, who sees it, and what is nearly the same: asked for when the details are open. */
export function PlacesFacts({ asset, mayCollect, onAlbum, onMove }: PlacesProps) {
  const found = useQuery(whereaboutsOf(asset.id)).data
  if (!found) return null
  return (
    <>
      <AlbumsFact asset={asset} albums={found.albums} mayCollect={mayCollect} onAlbum={onAlbum} />
      {found.seen_by !== null && <SeenFact seenBy={found.seen_by} />}
      {found.group !== null && <AlikeFact asset={asset} group={found.group.id} onMove={onMove} />}
    </>
  )
}

function useAlbumChange(asset: Asset) {
  const client = useQueryClient()
  const problemText = useProblemText()
  const onError = (error: Error) => showToast(problemText(error))
  const onSettled = () => refreshPlaces(client, asset.id)
  const put = useMutation({
    mutationFn: (album: string) =>
      unwrap(api.POST('/api/albums/{id}/assets', { params: { path: { id: album } }, body: { ids: [asset.id] } })),
    onError,
    onSettled,
  })
  const create = useMutation({
    mutationFn: async (name: string) => {
      const album = await unwrap(api.POST('/api/albums', { body: { name } }))
      await unwrap(
        api.POST('/api/albums/{id}/assets', { params: { path: { id: album.id } }, body: { ids: [asset.id] } }),
      )
    },
    onError,
    onSettled,
  })
  const take = useMutation({
    mutationFn: (album: string) =>
      unwrap(
        api.POST('/api/albums/{id}/assets/remove', { params: { path: { id: album } }, body: { ids: [asset.id] } }),
      ),
    onMutate: (album: string) => {
      const queryKey = keys.whereabouts(asset.id)
      client.setQueryData<Whereabouts>(
        queryKey,
        (data) => data && { ...data, albums: data.albums.filter((each) => each.id !== album) },
      )
    },
    onError,
    onSettled,
  })
  return { put: put.mutate, create: create.mutate, take: take.mutate }
}

type AlbumsProps = Omit<PlacesProps, 'onMove'> & { albums: Whereabouts['albums'] }

function AlbumsFact({ asset, albums, mayCollect, onAlbum }: AlbumsProps) {
  const { t } = useTranslation()
  const [isAdding, setIsAdding] = useState(false)
  const all = useQuery({ ...albumList, enabled: isAdding }).data
  const { put, create, take } = useAlbumChange(asset)
  if (albums.length === 0 && !mayCollect) return null
  const options = all
    ?.filter((album) => !album.by_rule && album.may !== 'view' && (asset.mine || album.mine))
    .filter((album) => !albums.some((inside) => inside.id === album.id))
    .map((album) => ({ id: album.id, text: album.name, ...(album.mine ? {} : { note: album.owner.name }) }))
  return (
    <Fact
      icon={Images}
      name={t('details.albums')}
      first={
        <span className="details-row">
          {albums.map((album) => (
            <span key={album.id} className="chip details-chip">
              <button type="button" onClick={() => onAlbum(album.id)}>
                {album.name}
              </button>
              {album.removable && (
                <button
                  type="button"
                  aria-label={t('details.removeAlbum', { name: album.name })}
                  onClick={() => take(album.id)}
                >
                  <X size={14} aria-hidden />
                </button>
              )}
            </span>
          ))}
          {mayCollect && !isAdding && (
            <button type="button" data-opens className="chip details-add" onClick={() => setIsAdding(true)}>
              <Plus size={14} aria-hidden />
              {t('details.addAlbum')}
            </button>
          )}
        </span>
      }
      second={
        isAdding && (
          <Suggest
            label={t('details.addAlbum')}
            options={options}
            onPick={(album) => put(album)}
            onNew={(name) => create(name)}
            newText={(name) => t('details.newAlbum', { name })}
            onClose={() => setIsAdding(false)}
          />
        )
      }
    />
  )
}

/** Who sees a picture of one's own, and by what: one line for each of them. */
function SeenFact({ seenBy }: { seenBy: NonNullable<Whereabouts['seen_by']> }) {
  const { t } = useTranslation()
  const seesAll = useQuery(me).data?.admin_sees_all === true
  const lines = seenBy.map(({ person, way, name }) => {
    const who = person?.name ?? t('share.everybody')
    return way === 'folder' ? t('details.seenByFolder', { who, name }) : t('details.seenByAlbum', { who, name })
  })
  return (
    <Fact
      icon={lines.length === 0 ? Eye : Users}
      name={t('details.seen')}
      first={t(lines.length === 0 ? 'details.seenByYou' : 'details.seenByOthers')}
      second={
        <>
          {lines.map((line, index) => (
            <div key={index}>{line}</div>
          ))}
          {seesAll && <div>{t('details.seenByAdmins')}</div>}
        </>
      }
    />
  )
}

type AlikeProps = { asset: Asset; group: string; onMove: (id: string) => void }

function AlikeFact({ asset, group, onMove }: AlikeProps) {
  const { t } = useTranslation()
  const found = useQuery({
    queryKey: keys.alike(group),
    queryFn: ({ signal }): Promise<AlikeGroup> =>
      unwrap(api.GET('/api/duplicates/{id}', { params: { path: { id: group } }, signal })),
  })
  const others = (found.data?.members ?? []).filter((member) => member.id !== asset.id)
  if (others.length === 0) return null
  return (
    <Fact
      icon={Copy}
      name={t('details.alike')}
      first={t('details.alikeCount', { count: others.length })}
      second={
        <span className="details-row">
          {others.slice(0, 8).map((other) => (
            <button
              key={other.id}
              type="button"
              className="details-alike"
              aria-label={t('details.open', { name: other.filename })}
              onClick={() => onMove(other.id)}
            >
              <img src={mediaUrl(other, 240)} alt="" loading="lazy" style={{ backgroundColor: other.mean_color }} />
            </button>
          ))}
        </span>
      }
    />
  )
}
