/** The ledger in SQL: balances, transfers and the proof. */
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type BalanceRow = { agent: string; posted: string; held: string; floor: string | null }

/** The balance of an agent by id; null when it has no account. Micro-credits as text. */
export async function getBalance(
  db: Database, workspace: string, agentId: string,
): Promise<BalanceRow | null> {
  const [row] = await db.rows<BalanceRow>('get balance', `select a.handle as agent,
      c.posted::text as posted, c.held::text as held, c.floor::text as floor
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
  agent: string | null
  task: string | null
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

export type LedgerProof = {
  accounts: number
  transfers: number
  sum: string
  checks: { name: string; ok: boolean; detail: string }[]
}

export const verifyLedger = (db: Database, workspace: string): Promise<LedgerProof> =>
  db.call('verify_ledger', [workspace])
