/** Choices that live in this browser alone. Storage that is switched off or full is not an error. */
export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

export function writePreference(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // The choice holds until the page is closed.
  }
}

export type Theme = 'system' | 'light' | 'dark'

export function currentTheme(): Theme {
  const chosen = readPreference('theme')
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

/** Switches the theme at once and for the next visits (public/theme.js reads it before the first paint). */
export function chooseTheme(theme: Theme): void {
  writePreference('theme', theme === 'system' ? null : theme)
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
