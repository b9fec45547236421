import { isDebris } from './accept'
import type { Picked } from './entry'

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** All children of a folder; browsers hand them out in portions of 100. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (portion.length === 0) return all
    all.push(...portion)
  }
}

async function walk(entry: FileSystemEntry): Promise<Picked[]> {
  if (isDebris(entry.name)) return []
  if (entry.isFile)
    return [
      { file: await fileOf(entry as FileSystemFileEntry), folder: entry.fullPath.split('/').slice(1, -1).join('/') },
    ]
  const children = await childrenOf(entry as FileSystemDirectoryEntry)
  const nested: Picked[][] = []
  for (const child of children) nested.push(await walk(child))
  return nested.flat()
}

/** The files of a drop or a paste, folders walked through. The items have to be read before the event is over. */
export async function readTransfer(data: DataTransfer): Promise<Picked[]> {
  const entries = [...data.items].flatMap((item) => (item.kind === 'file' ? [item.webkitGetAsEntry()] : []))
  const plain = [...data.files].map((file): Picked => ({ file, folder: '' }))
  if (entries.length === 0 || entries.some((entry) => entry === null)) return plain
  const walked: Picked[] = []
  for (const entry of entries) if (entry) walked.push(...(await walk(entry)))
  return walked
}

/** The files of an `<input type="file">`, with their folders where a folder was picked. */
export function readInput(files: FileList | null): Picked[] {
  return [...(files ?? [])].flatMap((file) => {
    const path = file.webkitRelativePath || file.name
    return isDebris(path) ? [] : [{ file, folder: path.split('/').slice(0, -1).join('/') }]
  })
}
