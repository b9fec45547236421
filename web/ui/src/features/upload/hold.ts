/** What keeps all files waiting, and why. */
export type Held = { why: 'offline' | 'signed_out' | 'server'; error: unknown }

/** What it has to ask outside. */
export type HoldTransport = {
  isReachable: () => Promise<boolean>
  isSignedIn: () => Promise<boolean>
  wait: (milliseconds: number) => Promise<void>
}

const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
const LONGEST_MS = 30_000

/**
 * Lets all files wait while the connection, the session or the server is away, and finds out by itself when it is
 * back. A server that takes nothing in is tried again, ever more seldom; a session comes back by signing in.
 */
export class Hold {
  held: Held | null = null
  private readonly transport: HoldTransport
  private readonly onChange: () => void
  private wake: () => void = () => undefined
  /** How often the server had to be waited for since the last file that arrived. */
  private refusals = 0

  constructor(transport: HoldTransport, onChange: () => void) {
    this.transport = transport
    this.onChange = onChange
  }

  begin(why: Held['why'], error: unknown): void {
    if (this.held !== null && why !== 'signed_out') return
    if (this.held?.why === why) return
    const held = { why, error }
    this.held = held
    this.onChange()
    void this.recover(held)
  }

  /** A file has arrived. */
  arrived(): void {
    this.refusals = 0
  }

  /** Somebody has signed in. */
  signedIn(): void {
    if (this.held?.why === 'signed_out') this.end(this.held)
  }

  /** Asks at once instead of waiting. */
  tryNow(): void {
    this.wake()
  }

  private async recover(held: Held): Promise<void> {
    if (held.why === 'signed_out') {
      if (await this.transport.isSignedIn()) this.end(held)
    } else if (held.why === 'server') {
      await this.pause(this.refusals)
      this.refusals += 1
      this.end(held)
    } else {
      for (let tries = 0; this.held === held; tries += 1) {
        await this.pause(tries)
        if (await this.transport.isReachable()) this.end(held)
      }
    }
  }

  private end(held: Held): void {
    if (this.held !== held) return
    this.held = null
    this.onChange()
  }

  private pause(tries: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
      void this.transport.wait(DELAYS_MS[tries] ?? LONGEST_MS).then(resolve)
    })
  }
}
