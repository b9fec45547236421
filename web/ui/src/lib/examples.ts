import { api, BASE, unwrap } from '@/api/client'
import { problemOf, ApiError } from '@/api/errors'
import type { UploadResult } from '@/api/types'

/** The example pictures that the page carries, in `public/examples`; their sources stand beside them. */
const EXAMPLES = [
  'bananas',
  'baseball',
  'bike-at-the-lights',
  'boat',
  'bus-station',
  'cake-at-the-table',
  'cat-in-a-tree',
  'cat-in-the-mirror',
  'classroom-desk',
  'desk-with-two-screens',
  'dinner-table',
  'dog-at-a-hydrant',
  'dog-with-a-frisbee',
  'elephant',
  'luggage',
  'motorcycle-in-the-fog',
  'old-bed',
  'pizza-and-wine',
  'red-laptop',
  'riders-on-the-beach',
  'tennis',
  'train',
  'trick-on-the-kerb',
  'white-kitchen',
] as const

export const EXAMPLE_COUNT = EXAMPLES.length

/** How long the library keeps them: long enough to look around, and nobody has to tidy up. */
export const EXAMPLE_DAYS = 30

async function addExample(name: (typeof EXAMPLES)[number], folder: string): Promise<UploadResult> {
  const reply = await fetch(`${BASE}/examples/${name}.jpg`).catch(() => null)
  if (reply === null) throw new ApiError({ status: 0, code: 'offline', detail: '' })
  if (!reply.ok) throw new ApiError(problemOf(reply.status, null))
  const form = new FormData()
  form.set('folder', folder)
  form.set('ttl', `${EXAMPLE_DAYS}d`)
  form.set('file', await reply.blob(), `${name}.jpg`)
  return unwrap(api.POST('/api/assets', { body: form as never, bodySerializer: () => form }))
}

/**
 * Puts the example pictures into a folder of one's own, through the same door as any other picture; `onAdded` is told
 * how many are there after each. Throws `ApiError` at the first that can't be added; those before it stay, and doing
 * it again goes on, as the same bytes are kept once.
 */
export async function addExamples(folder: string, onAdded: (count: number) => void): Promise<void> {
  let count = 0
  for (const name of EXAMPLES) {
    await addExample(name, folder)
    count += 1
    onAdded(count)
  }
}
