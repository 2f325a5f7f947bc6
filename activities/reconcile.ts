/**
 * Compares every open row with its workflow and wakes what is missing or behind. Run nightly by a
 * schedule, and by hand with `guildhall reconcile`. Temporal holds nothing Postgres cannot rebuild.
 */
import type { Database } from '../db/database.ts'
import type { Subject } from '../db/settling.ts'
import { listOpen } from '../db/settling.ts'

/** What the engine knows of a workflow; null = it does not run. */
export type Running = { settledVersion: number | null } | null

export type ReconcileDependencies = {
  db: Database
  /** Throws when the engine does not answer. */
  inspect: (subject: Subject) => Promise<Running>
  /** Wakes the workflow and waits until the engine has it; starts it where it does not run. */
  wake: (subject: Subject) => Promise<void>
  heartbeat: (progress: Reconciled) => void
}

export type Reconciled = { rows: number; running: number; started: number; woken: number }

const PAGE = 200
const FIRST = '00000000-0000-0000-0000-000000000000'

export async function reconcileAll(
  { db, inspect, wake, heartbeat }: ReconcileDependencies,
): Promise<Reconciled> {
  const report: Reconciled = { rows: 0, running: 0, started: 0, woken: 0 }
  for (const kind of ['task', 'gate'] as const) {
    for (let after = FIRST; ;) {
      const rows = await listOpen(db, kind, after, PAGE)
      for (const row of rows) {
        const subject: Subject = { kind, workspace: row.workspace_id, id: row.id, key: row.key }
        const running = await inspect(subject)
        report.rows++
        if (running) report.running++
        const behind = running && (running.settledVersion ?? 0) < row.version
          && row.settled_version < row.version
        if (!running || behind) {
          await wake(subject)
          if (running) report.woken++
          else report.started++
        }
      }
      heartbeat(report)
      if (rows.length < PAGE) break
      after = rows.at(-1)!.id
    }
  }
  return report
}
