/**
 * In front of the ledger: whatever waits for a workspace goes as one call, with no added delay.
 * One lane a workspace: the next call leaves when the last one is back. It only saves time: any
 * number of processes may run, the database orders them. Source: ledger, "How postings are
 * written".
 */
import type { Actor } from '../domain/agents.ts'
import type { GroupDraft } from '../domain/decisions.ts'
import type { Database } from '../db/database.ts'
import { StorageError } from '../db/errors.ts'
import type { CreditsResult } from '../db/credits.ts'
import { commitCredits } from '../db/credits.ts'

export type CreditsWrite = {
  epoch: number
  actor: Pick<Actor, 'id' | 'kind' | 'handle'> & { reason: string | null }
  group: GroupDraft & { request_hash: string; remember: true }
}

type Waiting = {
  write: CreditsWrite
  resolve: (result: CreditsResult) => void
  reject: (error: unknown) => void
}

/** How many go in one call, and how many may wait before callers are told to slow down. */
const CAP = 200
const MAX_WAITING = 2000

export class Ledger {
  readonly #db: Database
  readonly #lanes = new Map<string, Waiting[]>()
  readonly #busy = new Set<string>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Null: too many wait already; nothing was written. */
  post(workspace: string, write: CreditsWrite): Promise<CreditsResult> | null {
    const lane = this.#lanes.get(workspace) ?? []
    this.#lanes.set(workspace, lane)
    if (lane.length >= MAX_WAITING) return null
    return new Promise((resolve, reject) => {
      lane.push({ write, resolve, reject })
      if (!this.#busy.has(workspace)) void this.#run(workspace, lane)
    })
  }

  async #run(workspace: string, lane: Waiting[]): Promise<void> {
    this.#busy.add(workspace)
    // What comes in the same turn of the loop goes along.
    await Promise.resolve()
    while (lane.length) await this.#send(workspace, lane.splice(0, CAP))
    this.#busy.delete(workspace)
    this.#lanes.delete(workspace)
  }

  async #send(workspace: string, batch: Waiting[]): Promise<void> {
    try {
      const results = await commitCredits(this.#db, workspace, batch.map(({ write }) => write))
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!)
    } catch (error) {
      // One that cannot be written must not fail the others; a storage that is away fails all.
      if (error instanceof StorageError || batch.length === 1) {
        for (const { reject } of batch) reject(error)
        return
      }
      for (const one of batch) await this.#send(workspace, [one])
    }
  }
}
