/** What the clock does to credits: holds come back in time, and fast spending is told. */
import type { Database } from '../db/database.ts'
import { expireHolds, tellVelocity } from '../db/credits.ts'

/** In one transaction a workspace: so many that its ledger is free again soon. */
const BATCH = 500

/** Answers how many it gave back; safe to run at any time, by any number. */
export async function sweepHolds(db: Database): Promise<number> {
  let swept = 0
  for (let batch = -1; batch !== 0;) {
    batch = await expireHolds(db, BATCH)
    swept += batch
  }
  return swept
}

/** Everything that is due at the turn of a sweep; answers how many holds it gave back. */
export async function sweepCredits(db: Database): Promise<number> {
  const swept = await sweepHolds(db)
  await tellVelocity(db)
  return swept
}
