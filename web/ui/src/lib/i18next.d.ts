import type { Texts } from './i18n'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: Texts }
    keySeparator: false
    nsSeparator: false
  }
}
