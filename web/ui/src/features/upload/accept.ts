/** Formats that the server takes; the picker offers these. */
const SUFFIXES = ['jpg', 'jpeg', 'jpe', 'png', 'webp', 'gif', 'avif', 'heic', 'heif', 'tif', 'tiff', 'bmp']

export const ACCEPT = ['image/*', ...SUFFIXES.map((suffix) => `.${suffix}`)].join(',')

const VIDEO_SUFFIXES = new Set(['mp4', 'mov', 'm4v', 'avi', 'mkv', 'webm', 'mts', 'm2ts', '3gp', 'wmv'])
/** What systems leave in folders by themselves: nobody meant to upload these. */
const DEBRIS = /^(\..*|thumbs\.db|desktop\.ini|@eadir|__macosx)$/i

/** Whether a file of a picked folder is the system's own and is passed over in silence. */
export function isDebris(path: string): boolean {
  return path.split('/').some((part) => DEBRIS.test(part))
}

/** The problem code for a file that is refused without sending its bytes; null for one the server shall judge. */
export function refusalOf(name: string, type: string, size: number): string | null {
  const suffix = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (size === 0) return 'file_empty'
  if (type.startsWith('video/') || VIDEO_SUFFIXES.has(suffix)) return 'video_unsupported'
  if (type === 'image/svg+xml' || !(type.startsWith('image/') || SUFFIXES.includes(suffix))) return 'file_unsupported'
  return null
}
