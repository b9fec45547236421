import type { Plugin } from 'vite'

const INTL =
  /[\\/](?:react-aria|react-stately|react-aria-components)[\\/]dist[\\/].*[\\/]intl[\\/].*?([a-z]{2}-[A-Z]{2})\.m?js$/

/** Replaces React Aria's translations into languages that the page does not have by empty modules. */
export function onlyOurLocales(locales: readonly string[]): Plugin {
  return {
    name: 'only-our-locales',
    apply: 'build',
    load(id) {
      const locale = INTL.exec(id)?.[1]
      return locale !== undefined && !locales.includes(locale) ? 'export default {}' : null
    },
  }
}
