/** Copies a text, also where the page came over plain http and browsers hide the clipboard. Says whether it could. */
export async function copyText(text: string): Promise<boolean> {
  // Typed as always there, but only pages of https and of this very machine have it.
  const clipboard = navigator.clipboard as Clipboard | undefined
  try {
    if (!clipboard) return copyBySelecting(text)
    await clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

function copyBySelecting(text: string): boolean {
  const before = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'visually-hidden'
  document.body.append(field)
  field.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way there is by plain http
  const isCopied = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  return isCopied
}

/** Lets the browser save a text as a file. */
export function saveText(text: string, filename: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
