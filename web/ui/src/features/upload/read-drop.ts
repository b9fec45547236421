import { isDebris } from './accept'
import type { Picked } from './entry'

type Take = (picked: readonly Picked[]) => void

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A file in its folder; what the system left there by itself is marked. */
function placed(file: File, folder: string): Picked {
  return isDebris(`${folder}/${file.name}`) ? { file, folder, obstacle: 'file_system' } : { file, folder }
}

/** Files come as the disk has them; people count on their order. */
const byName = new Intl.Collator(undefined, { numeric: true }).compare

const folderOf = (entry: FileSystemEntry) => entry.fullPath.split('/').slice(1, -1).join('/')

async function pickedOf(entry: FileSystemFileEntry): Promise<Picked> {
  const folder = folderOf(entry)
  try {
    return placed(await fileOf(entry), folder)
  } catch {
    return { file: null, name: entry.name, folder, obstacle: 'file_unreadable' }
  }
}

/** Hands out what is in a folder, portion by portion: browsers give 100 at a time, and there may be thousands. */
async function walkFolder(folder: FileSystemDirectoryEntry, take: Take): Promise<void> {
  const reader = folder.createReader()
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (portion.length === 0) return
    await walk(portion, take)
  }
}

async function walk(found: readonly FileSystemEntry[], take: Take): Promise<void> {
  const entries = [...found].sort((a, b) => byName(a.name, b.name))
  take(await Promise.all(entries.filter(({ isFile }) => isFile).map((file) => pickedOf(file as FileSystemFileEntry))))
  for (const entry of entries) {
    if (entry.isFile) continue
    const place = { file: null, name: entry.name, folder: folderOf(entry) }
    // What a system keeps for itself is named, not looked into.
    if (isDebris(entry.name)) take([{ ...place, obstacle: 'file_system' }])
    else
      await walkFolder(entry as FileSystemDirectoryEntry, take).catch(() =>
        take([{ ...place, obstacle: 'file_unreadable' }]),
      )
  }
}

/** The files of a drop or a paste, folders walked through. The items have to be read before the event is over. */
export async function readTransfer(data: DataTransfer, take: Take): Promise<void> {
  const entries = [...data.items].flatMap((item) => (item.kind === 'file' ? [item.webkitGetAsEntry()] : []))
  const plain = [...data.files].map((file) => placed(file, ''))
  const found = entries.filter((entry) => entry !== null)
  if (found.length === 0 || found.length < entries.length) take(plain)
  else await walk(found, take)
}

/** The files of an `<input type="file">`, with their folders where a folder was picked. */
export function readInput(files: FileList | null): Picked[] {
  const found = [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }))
  found.sort((a, b) => byName(a.path, b.path))
  return found.map(({ file, path }) => {
    return placed(file, path.split('/').slice(0, -1).join('/'))
  })
}
