import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { configDefaults } from 'vitest/config'

/** The languages of the page; React Aria's own strings for other languages are left out of the build. */
const LOCALES = ['en-US', 'de-DE']

/** Replaces React Aria's translations into languages that the page does not have by empty modules. */
function onlyOurLocales(): Plugin {
  const intl = /[\\/](?:react-aria|react-stately|react-aria-components)[\\/]dist[\\/].*intl[\\/].*[\\/]?([a-z]{2}-[A-Z]{2})\.m?js$/
  return {
    name: 'only-our-locales',
    apply: 'build',
    load(id) {
      const locale = intl.exec(id)?.[1]
      return locale !== undefined && !LOCALES.includes(locale) ? 'export default {}' : null
    },
  }
}

export default defineConfig({
  // Everything is relative to <base href>, which the server may rewrite: one build runs under any path.
  base: './',
  plugins: [react(), onlyOurLocales()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
  worker: { format: 'es' },
  server: {
    // `npm run dev` against a running server: SCENE_SENSE_SERVER=http://127.0.0.1:8020
    proxy: Object.fromEntries(
      ['/api', '/media'].map((path) => [path, process.env['SCENE_SENSE_SERVER'] ?? 'http://127.0.0.1:8020']),
    ),
  },
  test: { environment: 'node', exclude: [...configDefaults.exclude, 'tools/**'] },
})
