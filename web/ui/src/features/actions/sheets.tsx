import type { EditChanges } from '@/api/types'
import { AlbumSheet } from './album-sheet'
import { DateSheet } from './date-sheet'
import { MoveSheet } from './move-sheet'
import { TagsSheet } from './tags-sheet'
import type { Target } from './target'
import './sheets.css'

export type SheetKind = 'tags' | 'move' | 'album' | 'date'

export type SheetProps = {
  target: Target
  /** How many pictures it is about. */
  count: number
  /** Changes them; resolves with whether it is on its way. What is said of the count is told when it is done. */
  onChange: (changes: EditChanges, said: (count: number) => string) => Promise<boolean>
  onClose: () => void
}

const SHEETS = { tags: TagsSheet, move: MoveSheet, album: AlbumSheet, date: DateSheet }

/** The sheet that asks what an action needs to know. */
export default function ActionSheet({ kind, ...props }: SheetProps & { kind: SheetKind }) {
  const Sheet = SHEETS[kind]
  return <Sheet {...props} />
}
