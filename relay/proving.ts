/**
 * Proves every ledger in the background, by the elected relay only. What it finds is kept in the
 * database, so that any process can serve it; the log is told when it changes.
 */
import type { Database } from '../db/database.ts'
import type { IsGenuine } from '../db/proofs.ts'
import { keepProof, proveLedger } from '../db/proofs.ts'
import { listWorkspaceIds } from '../db/workspaces.ts'

export type ProvingOptions = {
  db: Database
  isGenuine: IsGenuine
  notify: (workspace: string) => void
  log: { warn: (fields: object, message: string) => void }
}

const EVERY_MS = 60_000
/** A proof reads everything: where it takes long it comes less often, a twentieth of the time. */
const SHARE = 20

export class Proving {
  readonly #options: ProvingOptions
  #running: Promise<void> | null = null
  #dueAt = 0
  #stopped = false

  constructor(options: ProvingOptions) {
    this.#options = options
  }

  /** Starts a round where one is due; never waits for it. */
  check(): void {
    if (this.#running || Date.now() < this.#dueAt) return
    const began = Date.now()
    this.#running = this.#round()
      .catch((error: Error) => this.#options.log.warn({ err: error }, 'no ledger was proven'))
      .finally(() => {
        this.#dueAt = Date.now() + Math.max(EVERY_MS, (Date.now() - began) * SHARE)
        this.#running = null
      })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #round(): Promise<void> {
    for (const workspace of await listWorkspaceIds(this.#options.db)) {
      if (this.#stopped) return
      await this.#prove(workspace)
    }
  }

  async #prove(workspace: string): Promise<void> {
    const { db, isGenuine, notify, log } = this.#options
    const began = performance.now()
    const proof = await proveLedger(db, workspace, isGenuine)
    const duration_ms = performance.now() - began
    if (!proof.ok) log.warn({ workspace, checks: proof.checks }, 'the ledger is not proven')
    if (await keepProof(db, workspace, { ...proof, duration_ms })) notify(workspace)
  }
}
