import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Cloud, ListTree, Tag as TagSign, Tags as TagsSign } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Tag } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Page, Panel, Row } from '@/components/page'
import { useMay } from '@/lib/auth'
import { readPreference, writePreference } from '@/lib/preferences'
import { tagList } from '@/lib/tags'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'
import { Dot, TagMenu } from './tag-menu'
import { isOwn, NewTagSheet, TagSheet, type OwnTag, type TagAction } from './tag-sheets'
import { cloudSize, treeOf } from './tree'
import './tags.css'

/** From so many tags on a field helps to find one. */
const MANY = 12
/** Tags below this lie no further to the right: a phone has no more room. */
const DEEPEST = 4
const VIEW = 'tags-view'

type Open = { action: TagAction; tag: OwnTag } | 'new' | null

/** The words on pictures: one's own, to be looked after, and those of others. */
export function TagsPage() {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const may = useMay()
  const tags = useQuery({ ...tagList, staleTime: 0 })
  const [open, setOpen] = useState<Open>(null)
  const [words, setWords] = useState('')
  const [isCloud, setCloud] = useState(() => readPreference(VIEW) === 'cloud')
  const all = tags.data ?? []
  const wanted = words.trim().toLocaleLowerCase()
  const shown = all.filter((tag) => tag.name.toLocaleLowerCase().includes(wanted))
  const own = shown.filter((tag) => tag.mine)
  const others = shown.filter((tag) => !tag.mine)
  const close = () => setOpen(null)
  const choose = (cloud: boolean) => {
    writePreference(VIEW, cloud ? 'cloud' : null)
    setCloud(cloud)
  }
  const list = (title: string, part: readonly Tag[]) =>
    part.length > 0 && (
      <Panel title={title}>
        {isCloud ? (
          <TagCloud tags={part} />
        ) : (
          <TagTree tags={part} onAction={may.add ? (tag, action) => setOpen({ tag, action }) : null} />
        )}
      </Panel>
    )
  const make = may.add && (
    <button type="button" className="btn primary" onClick={() => setOpen('new')}>
      <TagSign size={18} aria-hidden />
      {t('tags.new')}
    </button>
  )
  return (
    <Page title={t('tags.title')} lead={t('tags.lead')} actions={all.length > 0 && make}>
      {tags.error && <p role="alert">{problemText(tags.error)}</p>}
      {tags.isSuccess && all.length === 0 && (
        <EmptyState icon={TagsSign} title={t('tags.none')} actions={make || undefined}>
          <p>{t('tags.noneHint')}</p>
        </EmptyState>
      )}
      {all.length > 0 && (
        <div className="tags-tools">
          {all.length >= MANY && (
            <div className="field">
              <div className="field-box">
                <input
                  type="search"
                  aria-label={t('tags.find')}
                  placeholder={t('tags.find')}
                  value={words}
                  onChange={(event) => setWords(event.target.value)}
                />
              </div>
            </div>
          )}
          <div className="tags-views" role="group" aria-label={t('tags.view')}>
            <button
              type="button"
              className="chip"
              data-active={!isCloud}
              aria-pressed={!isCloud}
              onClick={() => choose(false)}
            >
              <ListTree size={15} aria-hidden />
              {t('tags.tree')}
            </button>
            <button
              type="button"
              className="chip"
              data-active={isCloud}
              aria-pressed={isCloud}
              onClick={() => choose(true)}
            >
              <Cloud size={15} aria-hidden />
              {t('tags.cloud')}
            </button>
          </div>
        </div>
      )}
      {all.length > 0 && shown.length === 0 && <p role="status">{t('tags.noSuch')}</p>}
      {list(t('tags.own'), own)}
      {list(t('tags.others'), others)}
      {open === 'new' && <NewTagSheet below={null} onClose={close} />}
      {open !== null && open !== 'new' && <TagSheet {...open} onClose={close} onGone={close} />}
    </Page>
  )
}

/** To the tag's own page; a word that only others have is a filter of the library. */
function TagLink({ tag, text, className }: { tag: Tag; text: string; className: string }) {
  return isOwn(tag) ? (
    <Link to="/tags/$id" params={{ id: tag.id }} className={className} aria-label={tag.name}>
      {text}
    </Link>
  ) : (
    <Link to="/" search={{ tag: tag.name }} className={className} aria-label={tag.name}>
      {text}
    </Link>
  )
}

type TreeProps = { tags: readonly Tag[]; onAction: ((tag: OwnTag, action: TagAction) => void) | null }

function TagTree({ tags, onAction }: TreeProps) {
  const { t } = useTranslation()
  const locale = useLocale()
  return (
    <ul className="rows tag-rows">
      {treeOf(tags, locale).map(({ tag, depth, label }) => (
        <Row
          key={tag.name}
          depth={Math.min(depth, DEEPEST)}
          sign={<Dot color={tag.color} />}
          name={<TagLink tag={tag} text={label} className="row-link" />}
          note={t('folders.assets', { count: tag.count_below })}
          actions={onAction && isOwn(tag) && <TagMenu tag={tag} onAction={(action) => onAction(tag, action)} />}
        />
      ))}
    </ul>
  )
}

function TagCloud({ tags }: { tags: readonly Tag[] }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const most = Math.max(...tags.map((tag) => tag.count_below))
  const sorted = [...tags].sort((a, b) => a.name.localeCompare(b.name, locale))
  return (
    <ul className="tag-cloud">
      {sorted.map((tag) => (
        <li key={tag.name} style={{ fontSize: `${cloudSize(tag.count_below, most)}rem` }}>
          <Dot color={tag.color} />
          <TagLink tag={tag} text={tag.name} className="row-link" />
          <span className="quiet numeric">
            <span className="visually-hidden">{t('folders.assets', { count: tag.count_below })}</span>
            <span aria-hidden>{new Intl.NumberFormat(locale).format(tag.count_below)}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}
