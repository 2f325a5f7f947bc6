/** Model calls and prices in SQL. */
import type { ChargeSource, PriceOverride } from '../domain/prices.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

export type ChargeRow = {
  call_id: string
  agent: string
  task: string | null
  run: string | null
  provider: string
  model: string
  input_tokens: number
  output_tokens: number
  cached_tokens: number
  usd_micros: string | null
  source: ChargeSource
  credits: string
  transfer_id: string | null
  reported_by: string
  occurred_at: string | null
  created_at: string
}

/** One call by its id; null when it was never charged. */
export async function getCharge(
  db: Database, workspace: string, callId: string,
): Promise<ChargeRow | null> {
  const [row] = await db.rows<Row>('get charge', `select c.call_id, a.handle as agent,
      k.key as task, c.run, c.provider, c.model, c.input_tokens, c.output_tokens, c.cached_tokens,
      c.usd_micros::text as usd_micros, c.source, c.credits::text as credits, c.transfer_id,
      c.reported_by, c.occurred_at, c.created_at
    from charges c join actors a on a.workspace_id = c.workspace_id and a.id = c.agent_id
    left join tasks k on k.workspace_id = c.workspace_id and k.id = c.task_id
    where c.workspace_id = $1 and c.call_id = $2`, [workspace, callId])
  return row ? plainRow<ChargeRow>(row) : null
}

export type PriceRow = PriceOverride & { updated_at: string }

/** The workspace's own prices, by model. */
export async function listPrices(db: Database, workspace: string): Promise<PriceRow[]> {
  const page = sql('prices').where({ workspace_id: workspace }).whereNull('deleted_at')
    .orderBy(['model', 'provider'])
    .select('provider', 'model', 'input_usd_per_mtok', 'output_usd_per_mtok',
      'cached_input_usd_per_mtok', 'input_credits_per_mtok', 'output_credits_per_mtok',
      'cached_input_credits_per_mtok', 'updated_at')
  return (await db.read<Row>(page)).map((row) => plainRow<PriceRow>({
    ...row, provider: row.provider === '' ? null : row.provider,
  }))
}
