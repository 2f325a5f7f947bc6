/** What `guildhall doctor` asks Postgres. */
import { pendingMigrations, refuseUnsafe } from '../db/migrate.ts'
import { fault, ok, warning, type Finding } from './findings.ts'
import { withClient, type Query } from './postgres-cluster.ts'

const start = 'Start Guildhall (npm start), or correct DATABASE_URL.'

/** `url` is the application's; null when there is no database yet. */
export async function databaseFindings(url: string | null): Promise<Finding[]> {
  if (!url) return [fault('There is no database yet.', start)]
  const { hostname, port, pathname } = new URL(url)
  const place = `${hostname}:${port || 5432}${pathname}`
  try {
    return await withClient(url, (query) => examine(query, place))
  } catch (error) {
    return [fault(`Postgres at ${place} does not answer: ${(error as Error).message}`, start)]
  }
}

async function examine(query: Query, place: string): Promise<Finding[]> {
  const schema = await migrations(query)
  return [
    await version(query, place),
    await durability(query),
    await clock(query),
    await role(query),
    schema,
    ...schema.state === 'ok' ? [await unsettled(query), await parked(query)] : [],
  ]
}

async function version(query: Query, place: string): Promise<Finding> {
  const [row] = await query("select current_setting('server_version') as version")
  const what = `Postgres ${row!.version} answers at ${place}.`
  return Number.parseInt(String(row!.version), 10) >= 18
    ? ok(what)
    : fault(what, 'Guildhall needs Postgres 18 or newer: move the data to one.')
}

async function durability(query: Query): Promise<Finding> {
  try {
    await refuseUnsafe(query)
    return ok('A committed change survives a crash (fsync, full_page_writes, synchronous_commit).')
  } catch (error) {
    return fault((error as Error).message, 'alter system set … = on; select pg_reload_conf()')
  }
}

/** Half the round trip belongs to neither clock. */
async function clock(query: Query): Promise<Finding> {
  const before = Date.now()
  const [row] = await query('select extract(epoch from clock_timestamp()) * 1000 as now')
  const apart = Math.abs(Number(row!.now) - (before + Date.now()) / 2) / 1000
  const what = `The clocks of Postgres and this machine are ${apart.toFixed(1)} s apart.`
  const remedy = 'Set both by NTP: signed requests are refused when they are 300 s apart.'
  return apart > 60 ? fault(what, remedy) : apart > 5 ? warning(what, remedy) : ok(what)
}

async function role(query: Query): Promise<Finding> {
  const [row] = await query(`select current_user as name, rolsuper or exists (
      select from pg_tables where schemaname = 'public' and tableowner = current_user) as owns
    from pg_roles where rolname = current_user`)
  return row?.owns
    ? warning(`The application works as ${row.name}, who owns the tables and could alter history.`,
      'Give DATABASE_URL a role without tables of its own, and MIGRATION_URL the owner.')
    : ok(`The application works as ${row?.name}, who does not own the tables.`)
}

async function migrations(query: Query): Promise<Finding> {
  try {
    const pending = await pendingMigrations(query)
    return pending.length
      ? fault(`The database lacks ${pending.join(', ')}.`, 'Start Guildhall: it applies them.')
      : ok('The database has all migrations.')
  } catch (error) {
    return fault((error as Error).message, 'Update this checkout.')
  }
}

async function unsettled(query: Query): Promise<Finding> {
  const [row] = await query(`select count(*)::int as rows,
      coalesce(max(extract(epoch from app_now() - updated_at)), 0)::int as seconds
    from (select updated_at from tasks where settled_version < version
      union all select updated_at from gates where settled_version < version) as open`)
  const { rows, seconds } = row as { rows: number; seconds: number }
  if (!rows) return ok('Everything that was decided is also settled.')
  const what = `${rows} tasks and gates wait to be settled, the oldest for ${seconds} s.`
  return seconds < 60
    ? ok(what)
    : warning(what, 'The engine or the worker is down or behind: see below and its log.')
}

async function parked(query: Query): Promise<Finding> {
  const rows = await query(`select subject_kind, step, error, count(*)::int as subjects
    from parked_steps group by 1, 2, 3 order by 4 desc limit 5`)
  if (!rows.length) return ok('No step of a task or gate is parked.')
  const words = rows.map((row) => `${row.subject_kind} ${row.step} (${row.subjects}): ${row.error}`)
  return warning(`Steps are parked after an unexpected error: ${words.join('; ')}`,
    'They are tried again every hour; the error names what to repair.')
}
