/**
 * How often one caller may ask, where strangers can reach the server: so many requests a minute for
 * each credential, and few failed proofs for each address. Counted by each process for itself.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Refusal } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'

const MINUTE_SECONDS = 60
/** Guessing a credential of 256 bits is hopeless anyway; this keeps the noise down. */
const FAILURES_A_MINUTE = 30

export type Taken = { refusal: Refusal | null; header: string }

const refuseUntil = (what: string, { msBeforeNext }: RateLimiterRes): Refusal =>
  refuse('rate_limited', what, { retry_after: Math.max(1, Math.ceil(msBeforeNext / 1000)) })

export class Limits {
  readonly #perMinute: number
  readonly #requests: RateLimiterMemory
  readonly #failures: RateLimiterMemory

  constructor(perMinute: number) {
    this.#perMinute = perMinute
    this.#requests = new RateLimiterMemory({ points: perMinute, duration: MINUTE_SECONDS })
    this.#failures = new RateLimiterMemory({
      points: FAILURES_A_MINUTE, duration: MINUTE_SECONDS,
    })
  }

  /**
   * Counts a proof that did not hold; past the limit the address is told to wait. Proofs that hold
   * always pass: many callers may share one address.
   */
  async failed(address: string): Promise<Refusal | null> {
    const failures = await this.#failures.penalty(address)
    if (failures.consumedPoints <= FAILURES_A_MINUTE) return null
    return refuseUntil('Too many failed proofs of identity from here', failures)
  }

  /** Counts one request; the header tells what is left, as the field's draft standard writes it. */
  async take(credential: string): Promise<Taken> {
    try {
      return { refusal: null, header: this.#header(await this.#requests.consume(credential)) }
    } catch (left) {
      if (!(left instanceof RateLimiterRes)) throw left
      const refusal = refuseUntil(`At most ${this.#perMinute} requests a minute`, left)
      return { refusal, header: this.#header(left) }
    }
  }

  #header({ remainingPoints, msBeforeNext }: RateLimiterRes): string {
    const reset = Math.ceil(msBeforeNext / 1000)
    return `limit=${this.#perMinute}, remaining=${remainingPoints}, reset=${reset}`
  }
}
