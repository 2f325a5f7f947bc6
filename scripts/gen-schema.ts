/** Writes db/schema.sql: the embedded Postgres, a fresh database, every migration, then a dump. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dumpSchema } from '../db/dump.ts'
import { migrate } from '../db/migrate.ts'
import { withClient } from '../ops/postgres-cluster.ts'
import { startPostgres } from '../ops/postgres.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-schema-'))
const postgres = await startPostgres({ home, log: (text) => console.error(text) })
try {
  await migrate(postgres.ownerUrl, null)
  const text = await withClient(postgres.ownerUrl, dumpSchema)
  writeFileSync(join(import.meta.dirname, '..', 'db', 'schema.sql'), text)
} finally {
  await postgres.stop()
  rmSync(home, { recursive: true, force: true })
}
