/**
 * Brings a database to this version: numbered migrations once, functions whenever their text
 * changed. One migrator at a time; a schema newer than this program is refused by name.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

const folder = (name: string): string => join(import.meta.dirname, name)

export type MigrationReport = { migrations: string[]; functions: string[] }

const bookkeeping = `
  create table if not exists schema_migrations (
    name text primary key, applied_at timestamptz not null default clock_timestamp());
  create table if not exists schema_functions (name text primary key, checksum text not null);`

/** Any constant: all migrators of all versions wait for each other here. */
const MIGRATION_LOCK = 7_316_001

/**
 * Applies what is missing. `url` is the owner's; `applicationRole` may work with the result but
 * neither alter it nor write the ledger, events or commands except through the functions.
 */
export async function migrate(
  url: string, applicationRole: string | null,
): Promise<MigrationReport> {
  const client = new pg.Client({ connectionString: url, application_name: 'guildhall migrate' })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    await client.query("set local client_min_messages = 'warning'; set local search_path = public; "
      + 'set local check_function_bodies = off')
    await client.query(bookkeeping)
    const report = {
      migrations: await applyMigrations(client),
      functions: await applyFunctions(client),
    }
    await client.query('select make_partitions(), seed_statistics()')
    const changed = report.migrations.length + report.functions.length > 0
    if (applicationRole && changed) await grant(client, applicationRole)
    await client.query('commit')
    return report
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    await client.end()
  }
}

/** What `migrate` would do, for `doctor` and `/readyz`; throws when the database is newer. */
export async function pendingMigrations(query: Query): Promise<string[]> {
  const exists = await query("select to_regclass('public.schema_migrations') as found")
  const known = exists[0]?.found ? await query('select name from schema_migrations') : []
  const applied = new Set(known.map(({ name }) => name as string))
  const files = await sqlFiles('migrations')
  refuseNewer(applied, files)
  return files.filter((name) => !applied.has(name))
}
type Query = (text: string) => Promise<Record<string, unknown>[]>

async function sqlFiles(name: string): Promise<string[]> {
  return (await readdir(folder(name))).filter((file) => file.endsWith('.sql')).sort()
}

function refuseNewer(applied: Set<string>, files: string[]): void {
  const unknown = [...applied].filter((name) => !files.includes(name))
  if (unknown.length) {
    throw new Error(`The database is newer than this program: it has ${unknown.join(', ')}. `
      + 'Start the version that made it, or a newer one.')
  }
}

async function applyMigrations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
  const applied = new Set(rows.map(({ name }) => name))
  const files = await sqlFiles('migrations')
  refuseNewer(applied, files)
  const missing = files.filter((name) => !applied.has(name))
  for (const name of missing) {
    await client.query(await readFile(join(folder('migrations'), name), 'utf8'))
    await client.query('insert into schema_migrations (name) values ($1)', [name])
  }
  return missing
}

/** Views first: functions name their row types. */
async function functionFiles(): Promise<string[]> {
  const files = await sqlFiles('functions')
  const first = ['app_now.sql', 'rows.sql']
  return [...first, ...files.filter((name) => !first.includes(name))]
}

async function applyFunctions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_functions')
  const known = new Map(rows.map(({ name, checksum }) => [name, checksum]))
  const texts = await Promise.all((await functionFiles()).map(async (name) => {
    const text = await readFile(join(folder('functions'), name), 'utf8')
    return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
  }))
  const changed = texts.filter(({ name, checksum }) => known.get(name) !== checksum)
  for (const { name, text, checksum } of changed) {
    await client.query(text)
    await client.query(
      `insert into schema_functions (name, checksum) values ($1, $2)
       on conflict (name) do update set checksum = excluded.checksum`, [name, checksum])
  }
  return changed.map(({ name }) => name)
}

/** The application reads everything and writes only what no rule guards. */
async function grant(client: pg.Client, role: string): Promise<void> {
  const name = pg.escapeIdentifier(role)
  await client.query(`
    grant usage on schema public to ${name};
    grant select on all tables in schema public to ${name};
    grant execute on all functions in schema public to ${name};
    grant insert, update, delete on nonces, nonce_store, sessions, sign_in_links, processes, engine,
      parked_steps to ${name};
    grant insert, update on tokens to ${name};
    grant delete on idempotency to ${name};
    revoke update, delete, truncate on events, transfers, ledger_keys from ${name};`)
}

/** Postgres settings without which an acknowledged write could be lost. */
export async function refuseUnsafe(query: Query): Promise<void> {
  const rows = await query(`select name, setting from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'`)
  if (rows.length) {
    throw new Error(`Postgres runs with ${rows.map(({ name }) => `${name}=off`).join(', ')}: `
      + 'acknowledged writes could be lost. Switch it on.')
  }
}
