/** Hears that we shall stop: Ctrl-C, a service manager's signal, a closed terminal. */

export class Stopped extends Error {
  constructor() {
    super('told to stop')
  }
}

export type StopListener = {
  /** Resolves when we are told to stop. */
  asked: Promise<void>
  wasAsked(): boolean
  /** Runs a step; throws `Stopped` at once when we are told to stop meanwhile. */
  unless<T>(run: Promise<T>): Promise<T>
  /** Gives the signals back. */
  end(): void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and the terminal both pass Ctrl-C on, so one press arrives two or three times. */
const onePressMs = 1_000

/** Listens from now on. `insisted` is called when the signal comes again after a second. */
export function listenForStop(insisted: () => void): StopListener {
  let askedAt = 0
  let tell: () => void = () => undefined
  const asked = new Promise<void>((done) => { tell = done })
  const hear = () => {
    if (askedAt && Date.now() - askedAt > onePressMs) insisted()
    askedAt ||= Date.now()
    tell()
  }
  for (const signal of signals) process.on(signal, hear)
  return {
    asked,
    wasAsked: () => askedAt > 0,
    unless: (run) => Promise.race([run, asked.then(() => { throw new Stopped() })]),
    end: () => { for (const signal of signals) process.off(signal, hear) },
  }
}
