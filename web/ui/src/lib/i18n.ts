import i18n from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from '@/locales/en.json'
import { readPreference, writePreference } from './preferences'

/** Every text of the page. A language that lacks one does not compile (`load` below). */
export type Texts = typeof en

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

const load: Record<Language, () => Promise<Texts>> = {
  en: () => Promise.resolve(en),
  de: () => import('@/locales/de.json').then((module): Texts => module.default),
}

function isLanguage(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && value in LANGUAGES
}

/** The language chosen before, else the first of the browser's that the page has, else English. */
function preferred(): Language {
  const chosen = readPreference('language')
  if (isLanguage(chosen)) return chosen
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
}

async function show(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'translation'))
    i18n.addResourceBundle(language, 'translation', await load[language]())
  await i18n.changeLanguage(language)
  document.documentElement.lang = language
}

/** Must have resolved before the first render, so that no key is ever seen. */
export async function startI18n(): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  })
  await show(preferred())
}

export async function chooseLanguage(language: Language): Promise<void> {
  writePreference('language', language)
  await show(language)
}
