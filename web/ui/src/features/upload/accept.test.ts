import { expect, it } from 'vitest'
import { isDebris, refusalOf } from './accept'

it('passes over what systems leave in folders', () => {
  for (const path of ['.DS_Store', 'Trips/Thumbs.db', 'Trips/.hidden/a.jpg', '__MACOSX/a.jpg', 'a/@eaDir/b.jpg'])
    expect(isDebris(path), path).toBe(true)
  for (const path of ['a.jpg', 'Trips/2024/a.b.jpg']) expect(isDebris(path), path).toBe(false)
})

it('leaves the verdict on every picture to the server, also on those that the browser does not know', () => {
  for (const [name, type] of [
    ['a.heic', ''],
    ['A.JPG', ''],
    ['a.avif', 'image/avif'],
    ['scan.tif', 'image/tiff'],
    ['odd.xyz', 'image/x-odd'],
  ] as const)
    expect(refusalOf(name, type, 5), name).toBeNull()
})

it('refuses what can never be taken in', () => {
  expect(refusalOf('a.jpg', 'image/jpeg', 0)).toBe('file_empty')
  expect(refusalOf('a.mov', '', 5)).toBe('video_unsupported')
  expect(refusalOf('a.svg', 'image/svg+xml', 5)).toBe('file_unsupported')
  expect(refusalOf('noname', '', 5)).toBe('file_unsupported')
})
