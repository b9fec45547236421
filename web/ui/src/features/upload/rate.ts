/** Long enough to be steady over files of all sizes, short enough to follow a network that changes. */
const WINDOW_MS = 12_000
/** Less tells nothing. */
const LEAST_MS = 2_000

/** How fast bytes go, from how many had gone at some moments. */
export class RateMeter {
  private samples: [at: number, bytes: number][] = []

  add(at: number, bytes: number): void {
    const last = this.samples.at(-1)
    // Fewer than before: the list is another one.
    if (last && bytes < last[1]) this.samples = []
    this.samples.push([at, bytes])
    this.samples = this.samples.filter(([then]) => at - then <= WINDOW_MS)
  }

  /** Bytes a second; null while that is not known, or nothing goes. */
  rate(): number | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)]
    if (!first || !last || last[0] - first[0] < LEAST_MS || last[1] === first[1]) return null
    return ((last[1] - first[1]) * 1000) / (last[0] - first[0])
  }
}

/** A time to wait in the unit that people would say it in: seconds are too exact to be true. */
export function waitingTime(seconds: number): { value: number; unit: 'minute' | 'hour' } {
  const minutes = Math.max(1, Math.round(seconds / 60))
  return minutes < 90 ? { value: minutes, unit: 'minute' } : { value: Math.round(minutes / 60), unit: 'hour' }
}
