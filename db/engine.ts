/** Which engine the rows' workflows live in, and what a new, empty one has to be told. */
import type { Database } from './database.ts'
import type { Subject } from './settling.ts'

/** The identifier of the namespace that was last rebuilt; null before the first. */
export async function readEngine(db: Database): Promise<string | null> {
  const [row] = await db.rows<{ id: string }>('read engine',
    'select namespace_id as id from engine', [])
  return row?.id ?? null
}

export async function rememberEngine(db: Database, namespaceId: string): Promise<void> {
  await db.rows('remember engine',
    `insert into engine (namespace_id) values ($1)
     on conflict (only_row) do update
       set namespace_id = excluded.namespace_id, rebuilt_at = clock_timestamp()`,
    [namespaceId], true)
}

export type Deadline = Subject & { id: string; wake_at: string }
/** Where a page of deadlines ended: the instant as the database wrote it, and the row's id. */
export type After = { wakeAt: string; id: string }

/** Every row that waits for a deadline, the nearest first, in pages. */
export async function listDeadlines(
  db: Database, after: After | null, limit: number,
): Promise<Deadline[]> {
  return db.rows('list deadlines',
    `select kind, workspace_id as workspace, id, key, wake_at::text from (
       select 'task' as kind, workspace_id, id, key, wake_at from tasks where wake_at is not null
       union all
       select 'gate', workspace_id, id, subject_key, wake_at from gates
       where wake_at is not null) w
     where $1::timestamptz is null or (wake_at, id) > ($1::timestamptz, $2::uuid)
     order by wake_at, id limit $3`, [after?.wakeAt ?? null, after?.id ?? null, limit])
}
