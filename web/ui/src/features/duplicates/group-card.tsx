import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Columns2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mediaUrl } from '@/api/client'
import type { AlikeGroup } from '@/api/types'
import { showToast } from '@/lib/toasts'
import { useProblemText } from '@/lib/use-problem-text'
import { decided, proposed, toggled, type Kept } from './choice'
import { KeepToggle, MemberFacts, type MemberProps } from './member'
import { keepOne, undoKeep } from './queries'

const Compare = lazy(() => import('./compare'))

function Member({ group, asset, isKept, onToggle, onOpen }: MemberProps & { onOpen: () => void }) {
  const { t } = useTranslation()
  return (
    <li className="alike-member" data-kept={isKept}>
      <button
        type="button"
        className="alike-picture"
        style={{ backgroundColor: asset.mean_color }}
        aria-label={t('alike.compareNamed', { name: asset.filename })}
        onClick={onOpen}
      >
        <img src={mediaUrl(asset, 480)} alt="" loading="lazy" decoding="async" />
      </button>
      {group.best.id === asset.id && (
        <p className="alike-best">
          <b>{t('alike.best')}</b> {group.best.why.map((why) => t(`alike.why.${why}`)).join(', ')}
        </p>
      )}
      <MemberFacts group={group} asset={asset} />
      <KeepToggle asset={asset} isKept={isKept} onToggle={onToggle} />
    </li>
  )
}

/** Keeping, and the message with the way back. */
function useKeeping(group: AlikeGroup, onGone: () => void) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const undo = (edits: string[]) => {
    undoKeep(client, edits).then(
      () => showToast(t('alike.undone')),
      (error: unknown) => showToast(problemText(error)),
    )
  }
  return useMutation({
    mutationFn: (decision: { keep: string; trash: string[] }) => {
      onGone()
      return keepOne(client, { group: group.id, ...decision })
    },
    onSuccess: ({ trashed, edits, left_out }) => {
      const text = t('alike.kept', { count: trashed.length })
      const more = left_out.length > 0 ? ` ${t('alike.leftOut', { count: left_out.length })}` : ''
      showToast(text + more, { label: t('alike.undo'), run: () => undo(edits) })
    },
    onError: (error) => showToast(problemText(error)),
  })
}

type CardProps = {
  group: AlikeGroup
  onApart: () => void
  /** Where the keyboard goes on when the group is gone. */
  onGone: () => void
}

/** Pictures that are alike, side by side: what stays, what goes, and what says so. */
export function GroupCard({ group, onApart, onGone }: CardProps) {
  const { t } = useTranslation()
  const [kept, setKept] = useState<Kept>(() => proposed(group))
  const [isComparing, setIsComparing] = useState(false)
  const keeping = useKeeping(group, onGone)
  const decision = decided(group, kept)
  const toggle = (id: string) => setKept((now) => toggled(now, id))
  const compare = () => setIsComparing(true)
  return (
    <article className="alike-group" aria-label={t('alike.group', { count: group.members.length })}>
      <ul className="alike-members">
        {group.members.map((asset) => (
          <Member
            key={asset.id}
            group={group}
            asset={asset}
            isKept={kept.has(asset.id)}
            onToggle={() => toggle(asset.id)}
            onOpen={compare}
          />
        ))}
      </ul>
      <div className="alike-actions">
        <button
          type="button"
          className="btn primary"
          disabled={decision === null}
          onClick={() => decision && keeping.mutate(decision)}
        >
          {t('alike.act', { count: decision?.trash.length ?? 0 })}
        </button>
        <button type="button" className="btn" onClick={compare}>
          <Columns2 size={18} aria-hidden />
          {t('alike.compare')}
        </button>
        <button type="button" className="btn ghost" onClick={onApart}>
          {t('alike.apart')}
        </button>
      </div>
      {isComparing && (
        <Suspense>
          <Compare group={group} kept={kept} onToggle={toggle} onClose={() => setIsComparing(false)} />
        </Suspense>
      )}
    </article>
  )
}
