/**
 * This api process says that it lives. The first to come back after none did gives leases the time
 * in which nobody could renew them, so that nothing expires in a storm.
 */
import type { Database } from '../db/database.ts'
import {
  enrolProcess, extendLeases, forgetProcesses, readSilence, stampProcess,
} from '../db/processes.ts'
import type { Log } from './context.ts'

const STAMP_MS = 2000
/** A silence shorter than this is no outage: stamps are late under load. */
const OUTAGE_SECONDS = 6

export class Presence {
  readonly #db: Database
  readonly #name: string
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #stampedAt = 0

  constructor(db: Database, { name, log }: { name: string; log: Log }) {
    this.#db = db
    this.#name = name
    this.#log = log
  }

  async start(): Promise<void> {
    await this.#giveBack()
    const id = await enrolProcess(this.#db, 'api', this.#name)
    this.#stampedAt = Date.now()
    this.#timer = setInterval(() => void this.#stamp(id), STAMP_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
  }

  async #stamp(id: string): Promise<void> {
    try {
      // A database that was away is an outage too: nobody could renew through it.
      if (Date.now() - this.#stampedAt > OUTAGE_SECONDS * 1000) await this.#giveBack()
      await stampProcess(this.#db, id)
      this.#stampedAt = Date.now()
      await forgetProcesses(this.#db)
    } catch (error) {
      this.#log.warn({ err: error }, 'this process could not say that it lives')
    }
  }

  async #giveBack(): Promise<void> {
    const silence = await readSilence(this.#db)
    if (!silence || silence.seconds < OUTAGE_SECONDS) return
    const leases = await extendLeases(this.#db, silence)
    this.#log.warn(
      { ...silence, leases }, 'no api answered for a while; leases were extended by it')
  }
}
