/**
 * Notices that the engine is another one than before (its database was deleted, or a backup was
 * restored beside a fresh namespace) and starts the workflow of every row that has a deadline, the
 * nearest first: so none is late for having been found missing only once it had passed.
 */
import type { Database } from '../db/database.ts'
import { listDeadlines, readEngine, rememberEngine } from '../db/engine.ts'
import type { After } from '../db/engine.ts'
import type { Subject } from '../db/settling.ts'

export type RebuildOptions = {
  db: Database
  /** Wakes the workflow and waits until the engine has it; starts it where it does not run. */
  wake: (subject: Subject) => Promise<void>
  log: { info: (fields: object, message: string) => void }
}

const PAGE = 200
/** Under way at once; the sweep and commands need the engine too. */
const AT_ONCE = 8

export class Rebuild {
  readonly #options: RebuildOptions
  #known: string | null = null
  #running: Promise<void> | null = null

  constructor(options: RebuildOptions) {
    this.#options = options
  }

  /** Starts a rebuild, in the background, if this engine is not the one known. */
  async check(namespaceId: string): Promise<void> {
    if (this.#running || namespaceId === this.#known) return
    const { db, log } = this.#options
    const known = await readEngine(db)
    if (known === namespaceId) this.#known = known
    else {
      log.info({ known, namespaceId }, 'the engine is a new one: its workflows are started again')
      this.#running = this.#rebuild(namespaceId)
        // Not remembered: the next check begins anew, for every step may be repeated.
        .catch((error: unknown) => log.info({ err: error }, 'the engine could not be rebuilt yet'))
        .finally(() => { this.#running = null })
    }
  }

  async stop(): Promise<void> {
    await this.#running
  }

  async #rebuild(namespaceId: string): Promise<void> {
    const { db, wake, log } = this.#options
    let after: After | null = null
    let started = 0
    for (;;) {
      const page = await listDeadlines(db, after, PAGE)
      for (let index = 0; index < page.length; index += AT_ONCE) {
        await Promise.all(page.slice(index, index + AT_ONCE).map(wake))
      }
      started += page.length
      if (page.length < PAGE) break
      const { wake_at: wakeAt, id } = page.at(-1)!
      after = { wakeAt, id }
    }
    await rememberEngine(db, namespaceId)
    this.#known = namespaceId
    log.info({ namespaceId, started }, 'the engine has every deadline')
  }
}
