import { queryOptions } from '@tanstack/react-query'
import { api, unwrap } from '@/api/client'
import type { Account, AccountPatch } from '@/api/types'
import { confirming } from '@/lib/confirm'
import { keys } from '@/lib/query'

/** All accounts, as administrators see them. */
export const userList = queryOptions({
  queryKey: keys.users,
  queryFn: ({ signal }): Promise<Account[]> => unwrap(api.GET('/api/admin/users', { signal })),
})

export function changeAccount(id: string, body: AccountPatch): Promise<Account> {
  return confirming(() => unwrap(api.PATCH('/api/admin/users/{id}', { params: { path: { id } }, body })))
}

const GIGABYTE = 1e9

/** Bytes of a number of gigabytes that somebody typed; null for no limit, undefined for what is no number. */
export function bytesOf(gigabytes: string): number | null | undefined {
  const typed = gigabytes.trim().replace(',', '.')
  if (typed === '') return null
  return /^\d+(\.\d+)?$/.test(typed) ? Math.round(Number(typed) * GIGABYTE) : undefined
}

export function gigabytesOf(bytes: number | null): string {
  return bytes === null ? '' : String(bytes / GIGABYTE)
}
