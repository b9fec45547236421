import { codeOf } from '@/api/errors'
import { createStore } from './store'

type Question = { answer: (isConfirmed: boolean) => void }

/** Set while the page asks the person to prove once more who they are; `ConfirmIdentity` shows it. */
export const question = createStore<Question | null>(null)

/** Where a window that the identity provider sent back tells the others that it is done. */
export const CONFIRMED = 'scene-sense-confirmed'

/** Asks the person who they are; whether they proved it. */
export function askWhoYouAre(): Promise<boolean> {
  question.get()?.answer(false)
  return new Promise((resolve) => {
    question.set({
      answer: (isConfirmed) => {
        question.set(null)
        resolve(isConfirmed)
      },
    })
  })
}

/**
 * Does what may need a recent proof of who one is: where the server asks for one, so does the page, and then the
 * action is done again. Throws what the action threw if the person leaves the question unanswered.
 */
export async function confirming<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (codeOf(error) !== 'reauthenticate' || !(await askWhoYouAre())) throw error
    return action()
  }
}
