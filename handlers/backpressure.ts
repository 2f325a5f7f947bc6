/**
 * How far the engine is behind. Above the limits new work is refused; everything else passes, for
 * commands need no engine. Counted are rows it has not read, not slow steps.
 * Source: architecture §2.
 */
import type { Refusal } from '../domain/errors.ts'
import { refuse } from '../domain/errors.ts'
import type { Database } from '../db/database.ts'
import type { Backlog } from '../db/workspaces.ts'
import { readBacklog } from '../db/workspaces.ts'

export const MAX_UNREAD = 20_000
export const MAX_UNREAD_MS = 60_000
/** How long a count is good for. */
const REMEMBER_MS = 1000

export class BackPressure {
  readonly #db: Database
  #known: { backlog: Backlog; at: number } | null = null
  #looking: Promise<Backlog> | null = null

  constructor(db: Database) {
    this.#db = db
  }

  async backlog(): Promise<Backlog> {
    if (this.#known && Date.now() - this.#known.at < REMEMBER_MS) return this.#known.backlog
    this.#looking ??= readBacklog(this.#db)
      .then((backlog) => {
        this.#known = { backlog, at: Date.now() }
        return backlog
      })
      .finally(() => { this.#looking = null })
    return this.#looking
  }

  refuse = async (): Promise<Refusal | null> => {
    const { unread, oldest_unread_ms: oldest } = await this.backlog()
    if (unread <= MAX_UNREAD && oldest <= MAX_UNREAD_MS) return null
    return refuse('rate_limited', 'The workflow engine is too far behind for new work', {
      retry_after: 5,
    }, 'Work under way goes on; try again in some seconds.')
  }
}
