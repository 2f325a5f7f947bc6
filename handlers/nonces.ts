/**
 * Nonces: each signature works once. Those of commands are stored before any effect, whatever is
 * waiting in one statement; those of reads live in this process. Source: contract §2.1.
 */
import type { Refusal } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'
import { useNonces } from '../db/credentials.ts'
import type { Database } from '../db/database.ts'

type Used = { keyid: string; nonce: string; created: number }
type Waiting = Used & {
  resolve: (refusal: Refusal | null) => void
  reject: (error: unknown) => void
}

/** Longer than any signature is valid, both ways. */
const READ_MEMORY_MS = 605_000
const MAX_READ_NONCES = 500_000
const MAX_BATCH = 200
const MAX_WAITING = 10_000

const replayed = (): Refusal => refuse('signature_replayed', 'This signature was used before', {
  server_time: new Date().toISOString(),
})

export class Nonces {
  readonly #db: Database
  readonly #reads = new Map<string, number>()
  #waiting: Waiting[] = []
  #busy = false

  constructor(db: Database) {
    this.#db = db
  }

  /** Null when this nonce was never used; it is from now on. */
  use(used: Used): Promise<Refusal | null> {
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.resolve(
        refuse('rate_limited', 'Too many requests at once', { retry_after: 1 }))
    }
    const done = new Promise<Refusal | null>((resolve, reject) => {
      this.#waiting.push({ ...used, resolve, reject })
    })
    // Whoever asks may give up before the answer is there.
    done.catch(() => undefined)
    if (!this.#busy) void this.#flush()
    return done
  }

  useForRead({ keyid, nonce }: Used): Promise<Refusal | null> {
    const name = `${keyid} ${nonce}`
    const now = Date.now()
    for (const [old, at] of this.#reads) {
      if (now - at < READ_MEMORY_MS && this.#reads.size < MAX_READ_NONCES) break
      this.#reads.delete(old)
    }
    if (this.#reads.has(name)) return Promise.resolve(replayed())
    this.#reads.set(name, now)
    return Promise.resolve(null)
  }

  async #flush(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length) {
      const batch = this.#waiting.splice(0, MAX_BATCH)
      try {
        const { fresh, since } = await useNonces(
          this.#db, batch.map(({ keyid }) => keyid), batch.map(({ nonce }) => nonce))
        const places = new Set(fresh)
        batch.forEach((used, index) => {
          const isNew = places.has(index + 1) && !isForgotten(used, since)
          used.resolve(isNew ? null : replayed())
        })
      } catch (error) {
        for (const used of batch) used.reject(error)
      }
    }
    this.#busy = false
  }
}

/** A crash empties the store: what was signed before it came back may have been used before. */
const isForgotten = ({ created }: Used, since: string): boolean =>
  created * 1000 < Math.floor(Date.parse(since) / 1000) * 1000
