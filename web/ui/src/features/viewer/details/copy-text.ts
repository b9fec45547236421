/**
 * Copies a text, also where the page came over plain http and browsers hide the clipboard: then out of a field that is
 * there for a moment beside `near`, which has the focus again afterwards. Whether it worked.
 */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  // Typed as always there, but only pages of https and of this very machine have it.
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard)
    try {
      await clipboard.writeText(text)
      return true
    } catch {
      return false
    }
  const field = Object.assign(document.createElement('textarea'), { value: text, className: 'visually-hidden' })
  near.after(field)
  field.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way there is by plain http
  const isCopied = document.execCommand('copy')
  field.remove()
  near.focus()
  return isCopied
}
