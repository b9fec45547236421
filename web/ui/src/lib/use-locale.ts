import { useTranslation } from 'react-i18next'

/** The tag for dates and numbers: the page's language as the reader's region writes it (en-GB, de-AT). */
export function useLocale(): string {
  const { language } = useTranslation().i18n
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language
}
