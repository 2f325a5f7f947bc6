/** Workspaces in SQL. */
import type { SettingsChange } from '../domain/settings.ts'
import type { Database } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type WorkspaceRow = {
  id: string
  name: string
  key_prefix: string
  settings: SettingsChange
  created_at: string
  version: number
}

export async function getWorkspace(db: Database, id: string): Promise<WorkspaceRow | null> {
  const [row] = await db.rows<Row>('get workspace',
    `select id, name, key_prefix, settings, created_at, version
     from workspaces where id = $1`, [id])
  return row ? plainRow<WorkspaceRow>(row) : null
}

export async function findWorkspace(db: Database, name: string): Promise<string | null> {
  const [row] = await db.rows<{ id: string }>('find workspace',
    'select id from workspaces where name = $1', [name])
  return row?.id ?? null
}

export const foundWorkspace = (
  db: Database, names: { name: string; prefix: string; owner: string; talent: string },
): Promise<string> =>
  db.call('found_workspace', [names.name, names.prefix, names.owner, names.talent], { write: true })

/** How many rows the engine has not read, and for how long the oldest waits. */
export type Backlog = {
  unsettled: number
  unread: number
  oldest_ms: number
  oldest_unread_ms: number
}

const backlogText = `select count(*)::int as unsettled,
    (count(*) filter (where seen_version < version))::int as unread,
    coalesce(extract(epoch from app_now() - min(updated_at)) * 1000, 0)::float8 as oldest_ms,
    coalesce(extract(epoch from app_now() - min(updated_at)
      filter (where seen_version < version)) * 1000, 0)::float8 as oldest_unread_ms
  from (select version, seen_version, updated_at from tasks where settled_version < version
    union all
    select version, seen_version, updated_at from gates where settled_version < version) u`

/** Counted across workspaces: the engine is one. */
export async function readBacklog(db: Database): Promise<Backlog> {
  const [row] = await db.rows<Backlog>('backlog', backlogText, [])
  return row!
}

/** Every workspace there is, by id. */
export async function listWorkspaceIds(db: Database): Promise<string[]> {
  const rows = await db.rows<{ id: string }>('list workspaces',
    'select id from workspaces order by id', [])
  return rows.map(({ id }) => id)
}
