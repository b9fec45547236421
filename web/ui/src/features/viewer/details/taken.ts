/** "UTC+02:00" for minutes east of UTC. */
export function zoneName(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** All zones that people live in, as minutes east of UTC. */
export const ZONES: readonly number[] = [
  -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -120, -60, 0, 60, 120, 180, 210, 240, 270,
  300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 765, 780, 840,
]

/** What a field for a date and a time takes: a wall clock's time to the minute, without a zone. */
export function fieldOf(local: string): string {
  return local.slice(0, 16)
}
