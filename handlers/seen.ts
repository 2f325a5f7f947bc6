/** When each actor was last heard of: gathered in memory, written every few seconds. */
import { touchActors } from '../db/credentials.ts'
import type { Database } from '../db/database.ts'
import type { Log } from './context.ts'

const FLUSH_MS = 5000

export class Seen {
  readonly #db: Database
  readonly #log: Log
  #actors = new Map<string, string>()
  #timer: NodeJS.Timeout | null = null

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** Notes that this actor showed a proof that holds. */
  note(workspace: string, actor: string): void {
    this.#actors.set(actor, workspace)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  /** Writes what was noted. What cannot be written is noted again when the actor comes back. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const actors = this.#actors
    if (actors.size === 0) return
    this.#actors = new Map()
    try {
      await touchActors(this.#db, [...actors.values()], [...actors.keys()])
    } catch (error) {
      this.#log.warn({ err: error }, 'who was seen last could not be written')
    }
  }
}
