import type { Asset } from '@/api/types'
import { gridRatio } from './layout'

/** What a cell, its marks and its label need to know of a picture. A whole asset is one; a month of the timeline says less. */
export type GridItem = Pick<
  Asset,
  'id' | 'filename' | 'media_version' | 'thumbhash' | 'mean_color' | 'uploaded_at' | 'expires_at' | 'favourite' | 'mine'
> & {
  taken: { local: string } | null
  /** Missing where it is not known; then it is not said. */
  index?: Asset['index']
}

/** Pictures in an order, of which not all need to have been fetched: what the viewer goes through. */
export type Sequence<I extends GridItem = GridItem> = {
  count: number
  /** Null until it is fetched. */
  item: (index: number) => I | null
  /**
   * Fetches what lies from `from` to before `to`, and gives up what was wanted before and has not come.
   * Each asker has wishes of its own; an empty range is none.
   */
  want: (from: number, to: number, asker?: string) => void
  /** Where a picture is; -1 where that is not known. */
  indexOf: (id: string) => number
  /** Looks for a picture that came from elsewhere, for example from the address; `indexOf` knows it afterwards. */
  find?: (asset: Asset) => void
  /** Settles when all from `from` to before `to` are fetched, or can't be. Without it all there is is known. */
  ready?: (from: number, to: number) => Promise<void>
}

/** What a grid is made of. Its layout is known from the first paint, whatever has been fetched. */
export type GridSource<I extends GridItem = GridItem> = Sequence<I> & {
  /** Width divided by height as the grid shows it, one for each picture. */
  ratios: ArrayLike<number>
  /** The mean colour, in CSS. */
  color: (index: number) => string
  /** False while more are to come at the end. */
  complete: boolean
}

/** Whether all is known of a picture. */
export function isWhole(item: GridItem): item is Asset {
  return 'revision' in item
}

const WANT_MORE_ITEMS = 60

/** A list of assets as a source; `more` fetches the next page where there is one. */
export function listSource<I extends Asset>(assets: readonly I[], more?: (() => void) | null): GridSource<I> {
  const places = new Map(assets.map((asset, index) => [asset.id, index]))
  return {
    count: assets.length,
    ratios: Float64Array.from(assets, (asset) => gridRatio(asset.width, asset.height)),
    color: (index) => assets[index]?.mean_color ?? 'transparent',
    item: (index) => assets[index] ?? null,
    want: (from, to) => {
      if (more && to > from && to > assets.length - WANT_MORE_ITEMS) more()
    },
    indexOf: (id) => places.get(id) ?? -1,
    complete: !more,
  }
}
