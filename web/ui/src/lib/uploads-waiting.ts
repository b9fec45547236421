import { createStore } from './store'

/** How many files have not arrived yet. They wait, also while somebody signs in again. */
export const uploadsWaiting = createStore(0)
