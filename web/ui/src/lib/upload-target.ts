import type { Folder } from '@/api/types'
import { createStore } from './store'

/** The folder that is open and may be added to, if any: what is added now belongs there. */
export const uploadTarget = createStore<Folder | null>(null)
