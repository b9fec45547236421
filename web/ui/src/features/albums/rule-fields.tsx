import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { CheckField, Field, SelectField } from '@/components/fields'
import { folderList } from '@/lib/folders'
import { keys } from '@/lib/query'
import { ruleParts, tagsOf, type Rule, type RuleMember } from '@/lib/rule-words'
import { tagList } from '@/lib/tags'
import { useLocale } from '@/lib/use-locale'
import { useProblemText } from '@/lib/use-problem-text'

/** What has a field of its own below; other conditions are kept, and can be dropped. */
const WITH_FIELD: readonly RuleMember[] = ['tag', 'folder_id', 'folder', 'from', 'to', 'rating', 'favourite', 'q']
const RATINGS = ['', '1', '2', '3', '4', '5'] as const
const SETTLE_MS = 350

type FieldsProps = { rule: Rule; onChange: (rule: Rule) => void }

/** The conditions of an album by rule. */
export function RuleFields({ rule, onChange }: FieldsProps) {
  const { t } = useTranslation()
  const folders = useQuery(folderList).data ?? []
  const set = (members: { [name in RuleMember]?: Rule[name] | undefined }) => {
    const said = Object.entries({ ...rule, ...members }).filter(([, value]) => value !== undefined && value !== '')
    onChange(Object.fromEntries(said))
  }
  const chosen = rule.folder_id ?? folders.find((one) => one.mine && one.path === rule.folder)?.id ?? ''
  return (
    <fieldset className="rule-fields">
      <legend>{t('rule.title')}</legend>
      <TagsField tags={tagsOf(rule)} onChange={(tags) => set({ tag: tags.join(',') })} />
      <SelectField
        label={t('rule.folder')}
        value={chosen}
        options={[
          { value: '', text: t('rule.anyFolder') },
          ...folders.filter((one) => one.mine).map(({ id, path }) => ({ value: id, text: path })),
        ]}
        onChoose={(id) => set({ folder_id: id, folder: undefined })}
      />
      <div className="rule-pair">
        <Field label={t('rule.from')} type="date" value={rule.from ?? ''} onText={(from) => set({ from })} />
        <Field label={t('rule.to')} type="date" value={rule.to ?? ''} onText={(to) => set({ to })} />
      </div>
      <SelectField
        label={t('rule.rating')}
        value={String(rule.rating ?? '') as (typeof RATINGS)[number]}
        options={RATINGS.map((stars) => ({
          value: stars,
          text: stars === '' ? t('rule.anyRating') : t('rule.stars', { count: Number(stars) }),
        }))}
        onChoose={(stars) => set({ rating: stars === '' ? undefined : Number(stars) })}
      />
      <CheckField
        label={t('rule.favourite')}
        checked={rule.favourite === true}
        onCheck={(is) => set({ favourite: is || undefined })}
      />
      <Field
        label={t('rule.q')}
        hint={t('rule.qHint')}
        autoComplete="off"
        spellCheck={false}
        value={rule.q ?? ''}
        onText={(q) => set({ q })}
      />
      <OtherConditions rule={rule} onDrop={(member) => set({ [member]: undefined })} />
      <RuleCount rule={rule} />
    </fieldset>
  )
}

function TagsField({ tags, onChange }: { tags: readonly string[]; onChange: (tags: string[]) => void }) {
  const { t } = useTranslation()
  const all = useQuery(tagList).data ?? []
  const others = all.filter((tag) => !tags.includes(tag.name))
  return (
    <>
      <SelectField
        label={t('rule.tag')}
        value=""
        options={[
          { value: '', text: tags.length === 0 ? t('rule.anyTags') : t('rule.moreTags') },
          ...others.map(({ name }) => ({ value: name, text: name })),
        ]}
        onChoose={(name) => name !== '' && onChange([...tags, name])}
      />
      {tags.length > 0 && (
        <div className="rule-chips">
          {tags.map((name) => (
            <DropChip key={name} text={name} onDrop={() => onChange(tags.filter((one) => one !== name))} />
          ))}
        </div>
      )}
    </>
  )
}

function DropChip({ text, onDrop }: { text: string; onDrop: () => void }) {
  const { t } = useTranslation()
  return (
    <button type="button" className="chip" data-active="true" aria-label={t('rule.drop', { text })} onClick={onDrop}>
      <span className="chip-text">{text}</span>
      <X size={15} aria-hidden />
    </button>
  )
}

function OtherConditions({ rule, onDrop }: { rule: Rule; onDrop: (member: RuleMember) => void }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const others = ruleParts(rule, [], locale).filter((part) => !WITH_FIELD.includes(part.member))
  if (others.length === 0) return null
  return (
    <div className="rule-chips">
      {others.map(({ member, label, value }) => (
        <DropChip
          key={member}
          text={value === null ? t(label) : `${t(label)}: ${value}`}
          onDrop={() => onDrop(member)}
        />
      ))}
    </div>
  )
}

/** How many of one's own pictures meet the rule now, once nothing was changed for a moment. */
function RuleCount({ rule }: { rule: Rule }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const text = JSON.stringify(rule)
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [text])
  const asked = JSON.parse(settled) as Rule
  const isEmpty = Object.keys(asked).length === 0
  const found = useQuery({
    queryKey: keys.ruleCount(asked),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/facets', { params: { query: { owner: 'me', ...asked } }, signal })).then((one) => one.total),
    enabled: !isEmpty,
    placeholderData: (before) => before,
  })
  return (
    <p className="quiet" role="status">
      {isEmpty
        ? t('rule.empty')
        : found.error
          ? problemText(found.error)
          : found.data === undefined
            ? ''
            : t('rule.count', { count: found.data })}
    </p>
  )
}
