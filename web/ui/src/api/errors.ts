/** What a problem document (RFC 9457) of the server says, as far as the page uses it. */
export type Problem = { status: number; code: string; detail: string; requestId?: string }

/** A refused or failed request. `code` is stable across releases; texts for it are under `error.*` in the locales. */
export class ApiError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail || problem.code)
    this.name = 'ApiError'
    this.problem = problem
  }
}

/** Reads a problem document; anything else becomes the code `error` with the status kept. */
export function problemOf(status: number, body: unknown): Problem {
  const text = (key: string): string => {
    const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined
    return typeof value === 'string' ? value : ''
  }
  const requestId = text('request_id')
  return {
    status,
    code: text('code') || 'error',
    detail: text('detail') || text('title'),
    ...(requestId ? { requestId } : {}),
  }
}

/** The code of any thrown value. */
export function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.problem.code : 'error'
}

const INSUFFICIENT_STORAGE = 507

/** Whether there was no room: on the disk, or what the server leaves to this person. */
export function isFull(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === INSUFFICIENT_STORAGE
}

/** Whether trying again in a moment could help: no connection, a missing part, or too much at once. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    !isFull(error) &&
    (error.problem.status === 0 || error.problem.status >= 500 || error.problem.status === 429)
  )
}

/** The problem of a file that there is no room for, before the server had to say so. */
export function full(code: 'quota_exceeded' | 'disk_full'): ApiError {
  return new ApiError({ status: INSUFFICIENT_STORAGE, code, detail: '' })
}
