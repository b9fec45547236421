type Policy = { createScriptURL: (url: string) => string }
type Factory = { createPolicy: (name: string, rules: Policy) => Policy }

/** The page runs under `require-trusted-types-for 'script'`: the address of a worker has to pass a policy. */
function policy(): Policy {
  const rules: Policy = {
    createScriptURL: (url) => {
      if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`not ours: ${url}`)
      return url
    },
  }
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes
  return factory ? factory.createPolicy('scene-sense-worker', rules) : rules
}

let ours: Policy | undefined

/** Starts a worker of the page's own; `url` comes from an import with `?worker&url`. */
export function startWorker(url: string): Worker {
  ours ??= policy()
  return new Worker(ours.createScriptURL(url), { type: 'module' })
}
