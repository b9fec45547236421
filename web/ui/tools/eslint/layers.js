// Imports go one way: shared (api, lib, components, styles, locales) -> features -> app, and no feature imports another.
import path from 'node:path'

const SHARED = new Set(['api', 'lib', 'components', 'styles', 'locales', 'testing'])

/** Where in src a file lies: {layer: 'shared' | 'features' | 'app', feature?: string}, or null outside src. */
function placeOf(file, src) {
  const [top, second] = path.relative(src, file).split(path.sep)
  if (top === 'app') return { layer: 'app' }
  if (top === 'features') return { layer: 'features', feature: second }
  return SHARED.has(top) ? { layer: 'shared' } : null
}

/** Why `from` may not import `to`, or null when it may. */
function objection(from, to) {
  if (from.layer === 'shared' && to.layer !== 'shared') return 'Shared code may not import features or app.'
  if (from.layer === 'features' && to.layer === 'app') return 'A feature may not import app.'
  if (from.layer === 'features' && to.layer === 'features' && from.feature !== to.feature)
    return `The feature "${from.feature}" may not import the feature "${to.feature}"; let app join them.`
  return null
}

const direction = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = context.filename
    const src = path.join(context.cwd, 'src')
    const from = placeOf(file, src)
    if (from === null) return {}
    const check = (node, source) => {
      if (typeof source !== 'string' || !/^(\.|@\/)/.test(source)) return
      const target = source.startsWith('@/')
        ? path.join(src, source.slice(2))
        : path.resolve(path.dirname(file), source)
      const to = placeOf(target.replace(/\?.*$/, ''), src)
      const message = to === null ? null : objection(from, to)
      if (message !== null) context.report({ node, message })
    }
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => check(node, node.source.value),
    }
  },
}

const kebabNames = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const name = path.basename(context.filename)
    return {
      Program(node) {
        if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|tsx|js)$/.test(name))
          context.report({ node, message: `"${name}" is not kebab-case.` })
      },
    }
  },
}

export default { rules: { direction, 'kebab-names': kebabNames } }
