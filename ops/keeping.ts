/** Keeps one thing running: starts it, starts it again when it ends, stops it when told. */

/** Something that runs: `ended` resolves with words when it is over, for whatever reason. */
export type Running = { pid: number; ended: Promise<string>; stop(): Promise<void> }

export type Kept<T extends Running> = {
  readonly name: string
  /** The first start: what it answered, or why it failed (then it is not tried again). */
  readonly started: Promise<T>
  /** The process that runs now; null between an end and the next start. */
  pid(): number | null
  /** Ends it and keeps it ended; waits for a start that is under way. May be called twice. */
  stop(): Promise<void>
}

export type KeepOptions<T extends Running> = {
  name: string
  /** How sentences begin. */
  title: string
  /** `last` is null at the first start, then what ran before; `signal` gives a start up. */
  start: (last: T | null, signal: AbortSignal) => Promise<T>
  /** Hears of each end and each return, in words. */
  say: (text: string) => void
  /** Where its own words can be read. */
  logFile: string
  /** Tests shorten the waiting. */
  shortestMs?: number
  changed?: () => void
}

const longestMs = 10_000
/** What ran this long was well: its next return waits the shortest time again. */
const wellMs = 5_000

/** Starts it now and whenever it ends, after 1 s, 2 s, 4 s … at most 10 s. */
export function keepRunning<T extends Running>(options: KeepOptions<T>): Kept<T> {
  const { name, title, start, say, logFile } = options
  const { shortestMs = 1_000, changed = () => undefined } = options
  const stopping = new AbortController()
  let current: T | null = null
  const started = start(null, stopping.signal)
  const loop = started.then((first) => watch(first), () => undefined)

  async function watch(first: T): Promise<void> {
    let running: T | null = first
    let last = first
    for (let waitMs = shortestMs; ; waitMs = Math.min(waitMs * 2, longestMs)) {
      if (running) {
        const since = Date.now()
        last = running
        const words = await untilEnd(running)
        if (stopping.signal.aborted) return
        if (Date.now() - since >= wellMs) waitMs = shortestMs
        say(`${title} ended (${words}); starting it again in ${waitMs / 1000} s. Log: ${logFile}`)
      }
      await pause(waitMs, stopping.signal)
      if (stopping.signal.aborted) return
      running = await start(last, stopping.signal).catch((error: Error) => {
        if (!stopping.signal.aborted) say(`${title} did not start: ${error.message}`)
        return null
      })
      if (running) say(`${title} is running again.`)
    }
  }

  /** Ends early when told to stop, and then stops it. */
  async function untilEnd(running: T): Promise<string> {
    current = running
    changed()
    if (stopping.signal.aborted) await running.stop()
    const told = new Promise<string>((done) => {
      stopping.signal.addEventListener('abort', () => done(''), { once: true })
    })
    const words = await Promise.race([running.ended, told])
    if (stopping.signal.aborted) await running.stop()
    current = null
    changed()
    return words
  }

  return {
    name, started,
    pid: () => current?.pid ?? null,
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}

function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      done()
    }
    const timer = setTimeout(over, waitMs)
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
  })
}
