// Uploads files with tus-js-client as a page would, a few at a time, and prints what became of each.
//
// Standard input is one JSON object: endpoint, key, chunk (bytes of a piece), files (paths), and spoil: the number of
// a file whose first piece is sent with a checksum that it does not have.

import { stat } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { Upload } from 'tus-js-client'

const { endpoint, key, chunk, files, spoil } = JSON.parse(await text(process.stdin))

async function text(stream) {
  let all = ''
  for await (const piece of stream) all += piece
  return all
}

async function send(path, number) {
  let toSpoil = number === spoil
  const statuses = []
  const size = (await stat(path)).size
  return new Promise((resolve, reject) => {
    const upload = new Upload(createReadStream(path), {
      endpoint,
      uploadSize: size,
      chunkSize: chunk,
      retryDelays: Array(400).fill(100),
      headers: { Authorization: `Bearer ${key}` },
      metadata: { filename: basename(path), filetype: 'image/jpeg' },
      onBeforeRequest(request) {
        if (toSpoil && request.getMethod() === 'PATCH') {
          request.setHeader('Upload-Checksum', 'sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=')
        }
      },
      onAfterResponse(request, response) {
        statuses.push(response.getStatus())
        // One that a cut had no answer for is spoiled again.
        if (response.getStatus() === 460) toSpoil = false
      },
      onShouldRetry: () => true,
      onError: reject,
      onSuccess: ({ lastResponse }) =>
        resolve({ path, statuses, asset: lastResponse.getHeader('Upload-Asset'), result: lastResponse.getHeader('Upload-Result') }),
    })
    upload.start()
  })
}

const results = []
const waiting = files.entries()
async function worker() {
  for (const [number, path] of waiting) {
    results.push(await send(path, number))
    process.stderr.write('.')
  }
}
await Promise.all(Array.from({ length: 4 }, worker))
console.log(JSON.stringify(results))
