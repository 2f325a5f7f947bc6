/** The ledger in SQL: balances and transfers. */
import type { BudgetAction, BudgetPeriod, BudgetUnit } from '../domain/budgets.ts'
import type { OverBudget } from './commands.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { instant, plainRow } from './rows.ts'

export type BalanceRow = {
  agent: string
  posted: string
  held: string
  floor: string | null
  /** Micro-dollars. */
  usd_spent: string
}

/** The balance of an agent by id; null when it has no account. Micro-credits as text. */
export async function getBalance(
  db: Database, workspace: string, agentId: string,
): Promise<BalanceRow | null> {
  const [row] = await db.rows<BalanceRow>('get balance', `select a.handle as agent,
      c.posted::text as posted, c.held::text as held, c.floor::text as floor,
      c.usd_spent::text as usd_spent
    from accounts c join actors a on a.workspace_id = c.workspace_id and a.id = c.owner_id
    where c.workspace_id = $1 and c.id = $2`, [workspace, agentId])
  return row ?? null
}

export type TransferRow = {
  id: string
  kind: string
  amount: string
  from: string
  to: string
  from_id: string
  to_id: string
  /** `agent`, or the one of its kind. */
  from_kind: string
  to_kind: string
  agent: string | null
  task: string | null
  task_id: string | null
  hold: string | null
  reverses: string | null
  actor: string
  trigger_event: string | null
  reason: string | null
  idempotency_key: string
  balance_after: string
  from_after: string
  to_after: string
  created_at: string
}

export type TransferFilter = {
  id?: string
  account_id?: string
  task_id?: string
  kind?: string
  before?: string
  limit: number
}

/** Newest first. */
export async function listTransfers(
  db: Database, workspace: string, filter: TransferFilter,
): Promise<TransferRow[]> {
  const { id, account_id: account, task_id: task, kind, before, limit } = filter
  const page = sql('transfer_rows').where({ workspace_id: workspace })
    .orderBy('id', 'desc').limit(limit)
  if (id) page.where({ id })
  if (account) page.where((any) => any.where('from_id', account).orWhere('to_id', account))
  if (task) page.where('task_id', task)
  if (kind) page.where({ kind })
  if (before) page.where('id', '<', before)
  return (await db.read<Row>(page)).map(plainRow<TransferRow>)
}

export type StatementFilter = {
  account_id: string
  after?: string
  since?: string
  until?: string
  limit: number
}

/**
 * The transfers of one account, oldest first. Each side is read by its own index and only as far
 * as the page goes: `from or to` in one condition would sort the whole account for every page.
 */
export async function listStatement(
  db: Database, workspace: string, filter: StatementFilter,
): Promise<TransferRow[]> {
  const { account_id: account, after, since, until, limit } = filter
  const side = (column: 'from_id' | 'to_id') => {
    const ids = sql('transfers').where({ workspace_id: workspace, [column]: account })
      .orderBy('id').limit(limit).select('id')
    if (after) ids.where('id', '>', after)
    if (since) ids.where('created_at', '>=', since)
    if (until) ids.where('created_at', '<', until)
    return sql.select('id').from(ids.as(column))
  }
  const page = sql('transfer_rows').where({ workspace_id: workspace }).orderBy('id').limit(limit)
    .whereIn('id', side('from_id').unionAll(side('to_id')))
  return (await db.read<Row>(page)).map(plainRow<TransferRow>)
}

/** What the ledger knows of a transfer that it has just written; micro-credits as text. */
export type PostedRow = {
  id: string
  from: string
  to: string
  trigger: string
  from_after: string
  to_after: string
  at: string
}

/** What the ledger answers to one movement; see db/functions/post_batch.sql. */
export type CreditsResult =
  | { outcome: 'posted'; transfers: string[]; rows: PostedRow[] }
  | { outcome: 'replay'; transfers: string[]; at: string }
  | { outcome: 'conflict'; at: string }
  | { outcome: 'insufficient'; available: string; needed: string }
  | OverBudget
  | { outcome: 'closed'; hold: string; state: string }
  /** Something in it may happen once only, and did. */
  | { outcome: 'done_before' }
  /** Somebody changed who may do what since the facts were read. */
  | { outcome: 'stale' }

/** Several movements in one call; one result each, in their order. */
export const commitCredits = (
  db: Database, workspace: string, writes: object[],
): Promise<CreditsResult[]> =>
  db.call('commit_credits', [workspace, JSON.stringify(writes)], { write: true })

export type HoldRow = {
  id: string
  agent: string
  agent_id: string
  task: string | null
  amount: string
  usd_micros: string
  tokens: string
  settled: string
  state: 'open' | 'settled' | 'released' | 'expired'
  reason: string | null
  expires_at: string
  created_at: string
  closed_at: string | null
}

export type HoldFilter = {
  id?: string
  agent_id?: string
  state?: string
  before?: string
  limit: number
}

/** Newest first. */
export async function listHolds(
  db: Database, workspace: string, { id, agent_id: agent, state, before, limit }: HoldFilter,
): Promise<HoldRow[]> {
  const page = sql('hold_rows').where({ workspace_id: workspace }).orderBy('id', 'desc')
    .limit(limit)
  if (id) page.where({ id })
  if (agent) page.where('agent_id', agent)
  if (state) page.where({ state })
  if (before) page.where('id', '<', before)
  return (await db.read<Row>(page)).map(plainRow<HoldRow>)
}

export type BudgetRow = {
  id: string
  scope: 'workspace' | 'workstream' | 'subtree' | 'agent' | 'task'
  scope_id: string | null
  /** The handle, key or name of what it is about; null for the workspace. */
  scope_name: string | null
  unit: BudgetUnit
  period: BudgetPeriod
  limit_amount: string
  warn_lines: number[]
  action: BudgetAction
  version: number
  /** Its running window. */
  running: { used: string; held: string; resets_at: string | null }
}

/** Live budgets, oldest first, each with its running window. */
export async function listBudgets(
  db: Database, workspace: string,
  { id, after, limit }: { id?: string; after?: string; limit: number },
): Promise<BudgetRow[]> {
  const page = sql('budget_rows').where({ workspace_id: workspace }).orderBy('id').limit(limit)
    .select('*', sql.raw('budget_now(workspace_id, id, period, zone) as running'))
  if (id) page.where({ id })
  if (after) page.where('id', '>', after)
  return (await db.read<Row>(page)).map(plainRow<BudgetRow>)
}

export async function countBudgets(db: Database, workspace: string): Promise<number> {
  const [counted] = await db.rows<{ count: number }>('count budgets',
    `select count(*)::int as count from budgets
     where workspace_id = $1 and deleted_at is null`, [workspace])
  return counted!.count
}

/** Gives back what holds keep whose time is over; answers how many. */
export async function expireHolds(db: Database, limit: number): Promise<number> {
  let expired = 0
  for (const { id } of await db.rows<{ id: string }>('workspaces with due holds',
    'select workspaces_with_due_holds() as id', [])) {
    expired += await db.call<number>('expire_holds', [id, limit], { write: true })
  }
  return expired
}

/** Tells of agents that pay faster than their workspace wants; answers of how many. */
export async function tellVelocity(db: Database): Promise<number> {
  let told = 0
  for (const { id } of await db.rows<{ id: string }>('workspaces with a velocity',
    `select id from workspaces where jsonb_typeof(settings -> 'spend_velocity') = 'object'`, [])) {
    told += await db.call<number>('tell_velocity', [id], { write: true })
  }
  return told
}

/** Partitions of this month and the next three, where they are missing; answers how many were. */
export const makePartitions = (db: Database): Promise<number> =>
  db.call('make_partitions', [], { write: true })

/** Transfers before this were taken away with their months; null = none were. */
export async function archivedBefore(db: Database, workspace: string): Promise<string | null> {
  return instant(await db.call('archived_before', [workspace]))
}
