import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startI18n } from '@/lib/i18n'
import { createQueryClient, keys } from '@/lib/query'
import { reloadOnceOnMissingChunk } from './missing-chunk'
import { createAppRouter } from './router'
import '@/styles/index.css'

async function start(): Promise<void> {
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  reloadOnceOnMissingChunk()
  const client = createQueryClient(() => {
    // The session is over: the guard of the routes sends the person to sign in, and back here afterwards.
    client.setQueryData(keys.auth, (state: object | undefined) => state && { ...state, signed_in: false })
    void router.invalidate()
  })
  const router = createAppRouter(client)
  await startI18n()
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}

void start()
