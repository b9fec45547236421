import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { onlyOurLocales } from './build/only-our-locales.ts'
import { precompress } from './build/precompress.ts'

const server = process.env['SCENE_SENSE_SERVER'] ?? 'http://127.0.0.1:8020'

export default defineConfig({
  // Everything is relative to <base href>, which the server may rewrite: one build runs under any path.
  base: './',
  plugins: [react(), onlyOurLocales(['en-US', 'de-DE']), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What seldom changes lies in files of its own, which browsers keep over releases.
          groups: [
            {
              name: 'react',
              test: /[\\/]node_modules[\\/](react|react-dom|scheduler|@tanstack|i18next|react-i18next)[\\/]/,
              priority: 2,
            },
            {
              name: 'react-aria',
              test: /[\\/]node_modules[\\/](react-aria|react-stately|react-aria-components|@react-aria|@react-types|@internationalized)[\\/]/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  // `npm run dev` talks to a running server.
  server: { proxy: { '/api': server, '/media': server } },
  test: { environment: 'node', include: ['src/**/*.test.ts'], setupFiles: ['src/testing/setup.ts'] },
})
