const FLAG = 'reloaded-for-chunk'

/** After an upgrade a tab that stayed open asks for files that are gone: loading the page anew brings the new ones. */
export function reloadOnceOnMissingChunk(): void {
  window.addEventListener('vite:preloadError', (event) => {
    if (sessionStorage.getItem(FLAG) !== null) return
    sessionStorage.setItem(FLAG, '1')
    event.preventDefault()
    location.reload()
  })
  window.addEventListener('load', () => setTimeout(() => sessionStorage.removeItem(FLAG), 10_000))
}
