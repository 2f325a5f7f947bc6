/**
 * How many rows a sweep re-sends. A signal costs the engine as much as a step of work, so an engine
 * that is merely behind must not be buried in repetitions: fewer while it does not keep up with
 * them, more while it does.
 */
const MOST = 200
const LEAST = 8

/** `sent` by the sweep before; `read` of them by the engine since. */
type Sweep = { sent: number; read: number }

export class Pace {
  #limit = MOST

  /** How many the next sweep may send. */
  next({ sent, read }: Sweep): number {
    if (read * 2 < sent) this.#limit = Math.max(LEAST, Math.floor(this.#limit / 2))
    else this.#limit = Math.min(MOST, this.#limit * 2)
    return this.#limit
  }
}
