/** The versions of rates in SQL. */
import { formatCredits } from '../domain/credits.ts'
import type { RateVersion } from '../domain/rates.ts'
import type { Database } from './database.ts'
import { sql } from './database.ts'
import type { Row } from './rows.ts'
import { plainRow } from './rows.ts'

const columns = [
  'name', 'version', sql.raw('amount::text as amount'), 'updated_by', 'reason', 'updated_at',
]

const versionOf = (row: Row): RateVersion => plainRow<RateVersion>({
  ...row, amount: row.amount === null ? null : formatCredits(BigInt(row.amount as string)),
})

/** The newest version of each name that was ever set. */
export async function listLatestRates(db: Database, workspace: string): Promise<RateVersion[]> {
  const rows = await db.read<Row>(sql('rates').where({ workspace_id: workspace })
    .distinctOn('name').orderBy([{ column: 'name' }, { column: 'version', order: 'desc' }])
    .select(columns))
  return rows.map(versionOf)
}

/** The versions of one name, newest first. */
export async function listRateVersions(
  db: Database, workspace: string,
  { name, before, limit }: { name: string; before?: number; limit: number },
): Promise<RateVersion[]> {
  const page = sql('rates').where({ workspace_id: workspace, name })
    .orderBy('version', 'desc').limit(limit).select(columns)
  if (before !== undefined) page.where('version', '<', before)
  return (await db.read<Row>(page)).map(versionOf)
}
