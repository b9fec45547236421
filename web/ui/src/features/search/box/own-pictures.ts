/**
 * Small views of pictures that were searched with and are not in the library. The server keeps nothing of them, so this
 * browser does, until its window is closed; without them a search goes on, with a sign in the place of the view.
 */

const KEPT_AS = 'own-pictures'
const MOST = 12
const SIDE_PX = 96
/** What a handle ends with is its signature: no two have the same. */
const MARK_LENGTH = 22

type Kept = { mark: string; view: string }[]

const markOf = (handle: string): string => handle.slice(-MARK_LENGTH)

function kept(): Kept {
  try {
    const read: unknown = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? '[]')
    return Array.isArray(read) ? (read as Kept) : []
  } catch {
    return []
  }
}

/** The view of the picture that a handle stands for, as an address; undefined where there is none. */
export function viewOf(handle: string): string | undefined {
  const found = kept().find((one) => one.mark === markOf(handle))?.view
  return typeof found === 'string' && found.startsWith('data:image/') ? found : undefined
}

export function keepView(handle: string, view: string): void {
  const others = kept().filter((one) => one.mark !== markOf(handle))
  try {
    sessionStorage.setItem(KEPT_AS, JSON.stringify([{ mark: markOf(handle), view }, ...others].slice(0, MOST)))
  } catch {
    // The storage is full or switched off: a sign stands in its place.
  }
}

/** A small square out of the middle of a picture; null for kinds that this browser can't show. */
export async function drawView(file: Blob): Promise<string | null> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    return null
  }
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIDE_PX
  const side = Math.min(bitmap.width, bitmap.height)
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2]
  canvas.getContext('2d')?.drawImage(bitmap, left, top, side, side, 0, 0, SIDE_PX, SIDE_PX)
  bitmap.close()
  return canvas.toDataURL('image/jpeg', 0.8)
}
