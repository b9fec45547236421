import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, unwrap } from '@/api/client'
import { ApiError } from '@/api/errors'
import { useProblemText } from '@/lib/use-problem-text'
import { drawView, keepView } from './own-pictures'

/** As much as the server takes of a picture that is only looked at. */
const MAX_BYTES = 100 * 1024 * 1024

type State = { isLooking: boolean; view: string | null; problem: string | null }
const IDLE: State = { isLooking: false, view: null, problem: null }

export type OwnPicture = State & {
  /** Hands a picture in; what came before is given up. */
  look: (file: File | undefined) => void
  /** Gives up, or forgets what went wrong. */
  drop: () => void
}

async function handIn(file: File, signal: AbortSignal): Promise<string> {
  if (file.size > MAX_BYTES) throw new ApiError({ status: 413, code: 'file_too_large', detail: '' })
  if (file.size === 0) throw new ApiError({ status: 422, code: 'file_empty', detail: '' })
  const form = new FormData()
  form.set('file', file, file.name || 'picture')
  const given = await unwrap(
    api.POST('/api/search/pictures', { body: { file: '' }, bodySerializer: () => form, signal }),
  )
  return given.picture
}

/** Searching with a picture that is not in the library: it is looked at, and `onHandle` is told what stands for it. */
export function useOwnPicture(onHandle: (handle: string) => void): OwnPicture {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [state, setState] = useState<State>(IDLE)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const own = {
    file_rejected: t('picture.rejected'),
    file_unsupported: t('picture.rejected'),
    file_too_large: t('picture.tooLarge'),
    model_unavailable: t('picture.noModel'),
  }

  const look = async (file: File) => {
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    setState({ ...IDLE, isLooking: true })
    const drawing = drawView(file)
    void drawing.then((view) => running.current === controller && setState((now) => ({ ...now, view })))
    try {
      const handle = await handIn(file, controller.signal)
      const view = await drawing
      if (running.current !== controller) return
      if (view !== null) keepView(handle, view)
      setState(IDLE)
      onHandle(handle)
    } catch (error) {
      if (running.current === controller) setState({ ...IDLE, problem: problemText(error, own) })
    }
  }
  return {
    ...state,
    look: (file) => file && void look(file),
    drop: () => {
      running.current?.abort()
      running.current = null
      setState(IDLE)
    },
  }
}

/** What of a drag or a paste can be searched with. */
export function pictureOf(data: DataTransfer): File | undefined {
  return [...data.files].find(({ type }) => type.startsWith('image/')) ?? data.files[0]
}

/** Whether files are dragged or pasted, one of which may be a picture. */
export const hasFiles = (data: DataTransfer): boolean => data.types.includes('Files')
