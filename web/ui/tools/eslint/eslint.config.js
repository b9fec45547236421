// Lints ../../src. Run by scripts/build_ui.py --check; the parser needs TypeScript 5, hence the package of its own.
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'
import layers from './layers.js'

export default tseslint.config(
  { ignores: ['dist/**', 'tools/**', 'node_modules/**', 'public/**', 'src/api/schema.d.ts'] },
  ...tseslint.configs.strictTypeChecked,
  reactHooks.configs.flat['recommended-latest'],
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { layers },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'layers/direction': 'error',
      'layers/kebab-names': 'error',
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 15],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A handler that starts something asynchronous is written `() => void start()`.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    files: ['**/*.test.ts', '**/*.test.tsx'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
)
