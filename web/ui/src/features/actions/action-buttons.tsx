import {
  BookImage,
  BookX,
  CalendarClock,
  Download,
  FolderInput,
  Heart,
  HeartOff,
  Hourglass,
  Infinity as Always,
  Star,
  Tags,
  Trash2,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ChoiceAction, ChoiceMenu } from '@/components/choice-bar'
import { KeepChoices } from '@/components/keep-menu'
import { Menu, MenuEntry } from '@/components/menu'
import type { ActionScope } from './action-bar'
import type { SheetKind } from './sheets'
import { areFavourites, type Target } from './target'
import type { Actions } from './use-actions'

/** How much longer what leaves can be kept, and how that is called. */
const LONGER = [
  ['7d', 'keep.7d'],
  ['30d', 'keep.30d'],
  ['365d', 'keep.365d'],
] as const

const NO_STARS = '0'
const STARS = ['5', '4', '3', '2', '1'] as const

type ButtonsProps = {
  target: Target
  scope: ActionScope
  /** Whether anything of it may be changed; else it can only be downloaded. */
  mayChange: boolean
  actions: Actions
  onSheet: (kind: SheetKind) => void
}

/** What is offered for the chosen pictures: only what the person may do. */
export function ActionButtons({ target, scope, mayChange, actions, onSheet }: ButtonsProps) {
  const { t } = useTranslation()
  const { album } = scope
  const download = (
    <ChoiceAction icon={Download} name={t('actions.download')} onPress={() => actions.download(target)} />
  )
  if (!mayChange)
    return (
      <>
        {download}
        <p className="choice-why">{t('actions.noneYours')}</p>
      </>
    )
  const isFavourite = areFavourites(target)
  return (
    <>
      {scope.isLeaving === true && <KeepFirst target={target} actions={actions} />}
      <ChoiceAction
        icon={isFavourite ? HeartOff : Heart}
        name={t(isFavourite ? 'actions.unfavourite' : 'actions.favourite')}
        onPress={() => void actions.favourite(target)}
      />
      <ChoiceAction icon={BookImage} name={t('actions.album')} onPress={() => onSheet('album')} />
      {album && !album.by_rule && album.may !== 'view' && (
        <ChoiceAction
          icon={BookX}
          name={t('actions.outOfAlbum')}
          onPress={() => void actions.outOfAlbum(target, album)}
        />
      )}
      <ChoiceAction icon={Tags} name={t('actions.tags')} onPress={() => onSheet('tags')} />
      <ChoiceAction icon={FolderInput} name={t('actions.move')} onPress={() => onSheet('move')} />
      {download}
      <ChoiceAction icon={Trash2} name={t('actions.trash')} onPress={() => void actions.trash(target)} />
      <ChoiceMenu icon={Star} name={t('actions.stars')}>
        <Menu
          label={t('actions.stars')}
          placement="bottom end"
          onAction={(stars) => void actions.stars(target, stars === NO_STARS ? null : Number(stars))}
        >
          {STARS.map((stars) => (
            <MenuEntry key={stars} id={stars} icon={Star}>
              {t('actions.stars.count', { count: Number(stars) })}
            </MenuEntry>
          ))}
          <MenuEntry id={NO_STARS}>{t('actions.stars.none')}</MenuEntry>
        </Menu>
      </ChoiceMenu>
      {scope.isLeaving !== true && (
        <ChoiceMenu icon={Hourglass} name={t('actions.keep')}>
          <Menu label={t('actions.keep')} placement="bottom end">
            <KeepChoices value={null} onChange={(keep) => void actions.keep(target, keep)} />
          </Menu>
        </ChoiceMenu>
      )}
      <ChoiceAction icon={CalendarClock} name={t('actions.date')} onPress={() => onSheet('date')} />
    </>
  )
}

/** Keeping, where pictures are looked at because they leave. */
function KeepFirst({ target, actions }: { target: Target; actions: Actions }) {
  const { t } = useTranslation()
  return (
    <>
      <ChoiceAction
        isNamed
        icon={Always}
        name={t('actions.keepAlways')}
        onPress={() => void actions.keep(target, 'never')}
      />
      <ChoiceMenu isNamed icon={Hourglass} name={t('actions.keepLonger')}>
        <Menu
          label={t('actions.keepLonger')}
          placement="bottom end"
          onAction={(extend) => void actions.keepLonger(target, extend)}
        >
          {LONGER.map(([extend, name]) => (
            <MenuEntry key={extend} id={extend}>
              {t(name)}
            </MenuEntry>
          ))}
        </Menu>
      </ChoiceMenu>
    </>
  )
}
