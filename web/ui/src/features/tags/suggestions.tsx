import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { api, mediaUrl, unwrap } from '@/api/client'
import type { Asset } from '@/api/types'
import { refreshLists } from '@/lib/assets'
import { keys } from '@/lib/query'
import { showToast } from '@/lib/toasts'
import { useEdits } from '@/lib/use-edits'
import { useProblemText } from '@/lib/use-problem-text'
import type { OwnTag } from './tag-sheets'

/** So many are asked about at once: two or three rows. */
const LIMIT = 24

type Verdict = { ids: readonly string[]; is: boolean }

/** Pictures that may want a tag: some or all are said yes or no to, by click or by key. */
export function TagSuggestions({ tag }: { tag: OwnTag }) {
  const { t } = useTranslation()
  const found = useQuery({
    queryKey: keys.tagCandidates(tag.id),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/tags/{id}/suggestions', {
          params: { path: { id: tag.id }, query: { limit: LIMIT } },
          signal,
        }),
      ),
  })
  const [judged, setJudged] = useState<ReadonlySet<string>>(new Set())
  const judge = useJudge(tag, (ids, isBack) =>
    setJudged((before) => new Set(isBack ? [...before].filter((id) => !ids.includes(id)) : [...before, ...ids])),
  )
  const shown = (found.data?.items ?? []).map((item) => item.asset).filter((asset) => !judged.has(asset.id))
  if (shown.length === 0) return null
  return (
    <section className="suggested" aria-label={t('tags.maybe', { name: tag.name })}>
      <Judging tag={tag} shown={shown} onVerdict={(verdict) => judge.mutate(verdict)} />
    </section>
  )
}

/** Sends what was said; it is off the screen at once, and back if the server refuses. */
function useJudge(tag: OwnTag, onGone: (ids: readonly string[], isBack: boolean) => void) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const problemText = useProblemText()
  const { undo } = useEdits()
  return useMutation({
    mutationFn: ({ ids, is }: Verdict) =>
      unwrap(
        api.POST('/api/tags/{id}/verdicts', {
          params: { path: { id: tag.id } },
          body: { accept: is ? [...ids] : [], reject: is ? [] : [...ids] },
        }),
      ),
    onMutate: ({ ids }) => onGone(ids, false),
    onError: (error, { ids }) => {
      onGone(ids, true)
      showToast(problemText(error))
    },
    onSuccess: ({ edit }, { ids, is }) => {
      const count = ids.length
      showToast(
        is ? t('tags.accepted', { count, name: tag.name }) : t('tags.rejected', { count, name: tag.name }),
        edit === null
          ? undefined
          : {
              label: t('edits.undo'),
              run: () => {
                onGone(ids, true)
                void undo([edit.id]).then(() => client.invalidateQueries({ queryKey: keys.tagCandidates(tag.id) }))
              },
            },
      )
      void client.invalidateQueries({ queryKey: keys.tagCandidates(tag.id) })
      if (!is) return
      void refreshLists(client)
      void client.invalidateQueries({ queryKey: keys.tags })
    },
  })
}

type JudgingProps = { tag: OwnTag; shown: readonly Asset[]; onVerdict: (verdict: Verdict) => void }

function Judging({ tag, shown, onVerdict }: JudgingProps) {
  const { t } = useTranslation()
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [current, setCurrent] = useState<string | null>(null)
  const list = useRef<HTMLUListElement>(null)
  const chosen = shown.filter((asset) => picked.has(asset.id)).map((asset) => asset.id)
  const tabStop = shown.some((asset) => asset.id === current) ? current : (shown[0]?.id ?? null)
  const toggle = (id: string) => {
    const next = new Set(picked)
    if (!next.delete(id)) next.add(id)
    setPicked(next)
  }
  const focusOn = (id: string | undefined) => {
    if (id === undefined) return
    setCurrent(id)
    list.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus()
  }
  const say = (ids: readonly string[], is: boolean) => {
    if (ids.length === 0) return
    const place = shown.findIndex((asset) => asset.id === ids.at(-1))
    const next = [...shown.slice(place + 1), ...shown.slice(0, place).toReversed()].find(({ id }) => !ids.includes(id))
    const hadFocus = list.current?.contains(document.activeElement) === true
    setPicked(new Set())
    onVerdict({ ids, is })
    // The keyboard goes on with the next one.
    if (hadFocus) focusOn(next?.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || tabStop === null) return
    const index = shown.findIndex((asset) => asset.id === tabStop)
    const key = event.key.toLowerCase()
    const step = { arrowleft: -1, arrowright: 1, home: -index, end: shown.length - 1 - index }[key]
    if (step !== undefined) focusOn(shown[Math.max(0, Math.min(shown.length - 1, index + step))]?.id)
    else if (key === 'y' || key === 'n') say(chosen.length > 0 ? chosen : [tabStop], key === 'y')
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      <header>
        <div>
          <h2>{t('tags.maybe', { name: tag.name })}</h2>
          <p id="suggested-keys" className="quiet">
            {t('tags.maybeHint')}
          </p>
        </div>
        <div className="suggested-acts">
          <button
            type="button"
            className="btn small"
            onClick={() => say(chosen.length > 0 ? chosen : shown.map(({ id }) => id), true)}
          >
            <Check size={16} aria-hidden />
            {chosen.length > 0 ? t('tags.yesChosen', { count: chosen.length }) : t('tags.yesAll')}
          </button>
          <button
            type="button"
            className="btn small"
            onClick={() => say(chosen.length > 0 ? chosen : shown.map(({ id }) => id), false)}
          >
            <X size={16} aria-hidden />
            {chosen.length > 0 ? t('tags.noChosen', { count: chosen.length }) : t('tags.noAll')}
          </button>
        </div>
      </header>
      <ul ref={list} aria-describedby="suggested-keys" className="suggested-list" onKeyDown={onKeyDown}>
        {shown.map((asset) => (
          <li key={asset.id}>
            <button
              type="button"
              className="suggested-face"
              data-id={asset.id}
              aria-pressed={picked.has(asset.id)}
              aria-label={asset.filename}
              tabIndex={asset.id === tabStop ? 0 : -1}
              style={{ backgroundColor: asset.mean_color }}
              onFocus={() => setCurrent(asset.id)}
              onClick={() => toggle(asset.id)}
            >
              <img alt="" loading="lazy" decoding="async" draggable={false} src={mediaUrl(asset, 240)} />
            </button>
            <span className="suggested-says">
              <button
                type="button"
                aria-label={t('tags.yesOne', { file: asset.filename })}
                tabIndex={-1}
                onClick={() => say([asset.id], true)}
              >
                <Check size={18} aria-hidden />
              </button>
              <button
                type="button"
                aria-label={t('tags.noOne', { file: asset.filename })}
                tabIndex={-1}
                onClick={() => say([asset.id], false)}
              >
                <X size={18} aria-hidden />
              </button>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
