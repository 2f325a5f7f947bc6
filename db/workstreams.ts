/** Workstreams in SQL. */
import type { Status } from '../domain/tasks.ts'
import type { Workstream, WorkstreamFields } from '../domain/workstreams.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type WorkstreamRow = WorkstreamFields & Workstream & {
  created_by: string
  progress: Record<Status, number>
  version: number
  created_at: string
  updated_at: string
}

const workstreamText = `select to_jsonb(r) as row from workstream_rows r
  where r.workspace_id = $1 and r.id = workstream_id_of($1, $2)`

/** A workstream by id or name. */
export async function getWorkstream(
  db: Database, workspace: string, ref: string,
): Promise<WorkstreamRow | null> {
  const [found] = await db.rows<{ row: Row }>('get workstream', workstreamText, [workspace, ref])
  return found ? plainRow<WorkstreamRow>(found.row) : null
}

/** Which workstream is meant by an id or name, without counting its tasks. */
export async function findWorkstream(
  db: Database, workspace: string, ref: string,
): Promise<Workstream | null> {
  const [found] = await db.rows<Workstream>('find workstream', `select id, name, status
    from workstreams where workspace_id = $1 and id = workstream_id_of($1, $2)`, [workspace, ref])
  return found ?? null
}

export type WorkstreamFilter = {
  status?: string[]
  priority?: string
  before?: string
  limit: number
}

/** Newest first. */
export async function listWorkstreams(
  db: Database, workspace: string, { status, priority, before, limit }: WorkstreamFilter,
): Promise<WorkstreamRow[]> {
  const page = sql('workstream_rows').where({ workspace_id: workspace })
    .orderBy('id', 'desc').limit(limit)
  if (status) page.whereIn('status', status)
  if (priority) page.where({ priority })
  if (before) page.where('id', '<', before)
  return (await db.read<Row>(page)).map(plainRow<WorkstreamRow>)
}
