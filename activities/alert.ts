/** Says in the log that a workflow made no progress and was started again. */
import type { Database } from '../db/database.ts'
import type { Overdue } from '../db/settling.ts'
import { systemPrincipal } from '../domain/system.ts'
import type { Write } from './write.ts'
import { draftOf } from './write.ts'

export function alertOf(db: Database, write: Write): (row: Overdue) => Promise<void> {
  return async ({ workspace_id: workspace, kind, id, key, nudges, version, settled_version }) => {
    const event = draftOf({
      type: 'workflow.restarted', severity: 'alert', subject: { kind, id, key },
      data: { nudges, version, settled_version },
    })
    await db.call('append_alert', [
      workspace, JSON.stringify(systemPrincipal), JSON.stringify([event])], { write: true })
    write.hooks.notify(workspace)
  }
}
