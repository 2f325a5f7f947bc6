/** What db/schema.sql should say: a fresh database, every migration and function, then a dump. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dumpSchema } from '../db/dump.ts'
import { migrate } from '../db/migrate.ts'
import { withClient } from '../ops/postgres-cluster.ts'
import { startPostgres } from '../ops/postgres.ts'

/** Takes two seconds; test/features/schema.test.ts checks it on a database that is there anyway. */
export async function schemaText(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-schema-'))
  const postgres = await startPostgres({ home, log: () => undefined })
  try {
    await migrate(postgres.ownerUrl, null)
    return await withClient(postgres.ownerUrl, dumpSchema)
  } finally {
    await postgres.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
