/** Agents, their keys and tokens in SQL. */
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type AgentRow = {
  id: string
  kind: string
  handle: string
  name: string
  role: string
  status: string
  mode: string | null
  level: number | null
  model: string | null
  capabilities: { tag: string; proficiency: string }[]
  reports_to_id: string | null
  reports_to: string | null
  management_fee_pct: number | null
  trust: number | null
  last_seen_at: string | null
  created_at: string
  version: number
  open_tasks: number
}

const agentText = `select to_jsonb(r) as row from agent_rows r where r.workspace_id = $1
  and (r.handle = $2 or r.id = case when is_uuid($2) then $2::uuid end)`

/** An actor by id or handle; people too, with their agent fields null. */
export async function getActor(
  db: Database, workspace: string, ref: string,
): Promise<AgentRow | null> {
  const [found] = await db.rows<{ row: Row }>('get actor', agentText, [workspace, ref])
  return found ? plainRow<AgentRow>(found.row) : null
}

export type AgentFilter = {
  status?: string
  role?: string
  reports_to?: string
  after?: string
  limit: number
}

/** Agents by age, oldest first. */
export async function listAgents(
  db: Database, workspace: string, filter: AgentFilter,
): Promise<AgentRow[]> {
  const page = sql('agent_rows').where({ workspace_id: workspace, kind: 'agent' })
    .orderBy('id').limit(filter.limit)
  if (filter.status) page.where('status', filter.status)
  if (filter.role) page.where('role', filter.role)
  if (filter.reports_to) page.where('reports_to', filter.reports_to)
  if (filter.after) page.where('id', '>', filter.after)
  return (await db.read<Row>(page)).map(plainRow<AgentRow>)
}

export type KeyRow = {
  id: string
  agent_id: string
  keyid: string
  alg: string
  created_at: string
  retires_at: string | null
  revoked_at: string | null
}

/** All keys of an agent, newest first, without secrets. */
export async function listKeys(
  db: Database, workspace: string, agentId: string,
): Promise<KeyRow[]> {
  const page = sql('agent_keys').where({ workspace_id: workspace, agent_id: agentId })
    .orderBy('id', 'desc')
    .select('id', 'agent_id', 'keyid', 'alg', 'created_at', 'retires_at', 'revoked_at')
  return (await db.read<Row>(page)).map(plainRow<KeyRow>)
}

export type TokenRow = {
  id: string
  actor_id: string
  scopes: string[]
  created_by: string | null
  reason: string | null
  created_at: string
  expires_at: string
  revoked_at: string | null
}

export type TokenFilter = { actor_id: string; before?: string; live?: boolean; limit: number }

/** Newest first; `live`: only those that are neither revoked nor over. */
export async function listTokens(
  db: Database, workspace: string, filter: TokenFilter,
): Promise<TokenRow[]> {
  const page = sql('tokens').where({ workspace_id: workspace, actor_id: filter.actor_id })
    .orderBy('id', 'desc').limit(filter.limit)
    .select('id', 'actor_id', 'scopes', 'created_by', 'reason', 'created_at', 'expires_at',
      'revoked_at')
  if (filter.before) page.where('id', '<', filter.before)
  if (filter.live) page.whereNull('revoked_at').whereRaw('expires_at > app_now()')
  return (await db.read<Row>(page)).map(plainRow<TokenRow>)
}

export async function getToken(
  db: Database, workspace: string, id: string,
): Promise<Pick<TokenRow, 'id' | 'actor_id' | 'expires_at' | 'revoked_at'> | null> {
  const [row] = await db.rows<Row>('get token', `select id, actor_id, expires_at, revoked_at
    from tokens
    where workspace_id = $1 and id = case when is_uuid($2) then $2::uuid end`, [workspace, id])
  return row ? plainRow<TokenRow>(row) : null
}
