/** Profit and loss in SQL; see db/functions/pnl.sql. */
import type { PnlGroup, PnlSums } from '../domain/pnl.ts'
import type { Database } from './database.ts'
import { instant } from './rows.ts'

export type PnlAsk = {
  by: PnlGroup
  since?: string | undefined
  until?: string | undefined
  /** An id; null = everyone. */
  agent: string | null
  /** And everyone below it. */
  below: boolean
  /** The one team that is asked for; null = each. */
  team: string | null
  after?: string | undefined
  limit: number
}

export type Pnl = { since: string; until: string; time_zone: string; rows: PnlSums[] }

/** In the order of names. */
export async function readPnl(db: Database, workspace: string, ask: PnlAsk): Promise<Pnl> {
  const { since, until, ...rest } = await db.call<Pnl>(
    'credits_pnl', [workspace, JSON.stringify(ask)])
  return { ...rest, since: instant(since)!, until: instant(until)! }
}
