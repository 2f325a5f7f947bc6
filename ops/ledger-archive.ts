/**
 * Takes months that are over out of the database: each workspace's month is written to a file and
 * proven from it; closings and an event stand for it; then its partition is dropped.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '../config.ts'
import { signHeads } from '../activities/heads.ts'
import { monthExtent } from '../db/exports.ts'
import type { Check } from '../db/proofs.ts'
import { proveLedger } from '../db/proofs.ts'
import { recall } from './home.ts'
import type { Books, Workspace } from './ledger-export.ts'
import { EXPORT_MS, openBooks, quiet, writeExtent } from './ledger-export.ts'
import { verifyFile } from './ledger-verify.ts'
import { urls } from './postgres-cluster.ts'

export type ArchivedMonth = { month: string; transfers: number; files: string[] }
export type Archived = { months: ArchivedMonth[] }

/** How long the ledger may wait behind whoever holds its table. */
const LOCK_MS = 5000

export async function archive(
  config: Config, { before, folder }: { before: string; folder: string },
): Promise<Archived> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(before)) throw new Error('--before takes a month: 2026-11')
  const books = openBooks(config)
  const owner = new pg.Client({
    connectionString: ownerUrl(config), application_name: 'guildhall archive',
    options: `-c timezone=UTC -c lock_timeout=${LOCK_MS}`,
  })
  await owner.connect()
  try {
    const months: ArchivedMonth[] = []
    for (const month of await monthsBefore(owner, before)) {
      months.push(await archiveMonth({ books, owner, folder }, month))
    }
    return { months }
  } finally {
    await owner.end()
    await books.db.end()
  }
}

/** Who owns the tables: partitions are its to drop. */
function ownerUrl({ migrationUrl, databaseUrl, home }: Config): string {
  const known = recall<{ port: number }>(home, 'postgres')
  const url = migrationUrl ?? databaseUrl ?? (known && urls(home, known.port).ownerUrl)
  if (!url) throw new Error('There is no instance here: start one, or set MIGRATION_URL.')
  return url
}

/** Months with a partition that has rows, oldest first; the last one has to be over. */
async function monthsBefore(owner: pg.Client, before: string): Promise<string[]> {
  const { rows: [clock] } = await owner.query<{ month: string }>(
    "select to_char(app_now() at time zone 'UTC', 'YYYY-MM') as month")
  if (before > clock!.month) throw new Error(`Months before ${before} are not all over.`)
  const { rows } = await owner.query<{ part: string }>(
    `select c.relname as part from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'transfers'::regclass and c.relname ~ '^transfers_\\d{4}_\\d\\d$'
     order by 1`)
  const months: string[] = []
  for (const { part } of rows) {
    const month = part.slice('transfers_'.length).replace('_', '-')
    const { rowCount } = await owner.query(`select from ${pg.escapeIdentifier(part)} limit 1`)
    if (month < before && rowCount) months.push(month)
  }
  return months
}

type Archiving = { books: Books; owner: pg.Client; folder: string }

async function archiveMonth(
  { books, owner, folder }: Archiving, month: string,
): Promise<ArchivedMonth> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { rows: workspaces } = await owner.query<Workspace>(
    `select id, name from workspaces w where exists (select from transfers t
       where t.workspace_id = w.id and t.id >= first_id_at($1::timestamp at time zone 'UTC')
         and t.id < first_id_at(($1::timestamp + interval '1 month') at time zone 'UTC'))
     order by name`, [`${month}-01`])
  const counts: Record<string, number> = {}
  const files: string[] = []
  for (const workspace of workspaces) {
    const file = join(folder, `${workspace.name}-${month}.jsonl.gz`)
    counts[workspace.id] = await writeMonth(books, { workspace, month, file })
    files.push(file)
  }
  await close(owner, month, counts)
  return { month, transfers: Object.values(counts).reduce((sum, one) => sum + one, 0), files }
}

/** Writes a month's file and proves it; answers how many transfers it holds. */
async function writeMonth(
  books: Books, { workspace, month, file }: { workspace: Workspace; month: string; file: string },
): Promise<number> {
  const { refused } = await signHeads({ ...books, key: books.signer, log: quiet }, workspace.id)
  if (refused.length) throw new Error(`${workspace.name} cannot be signed: ${refused.join('; ')}`)
  const proof = await proveLedger(books.db, workspace.id, books.signer.isGenuine)
  refuseUnproven(`The books of ${workspace.name}`, proof)
  await books.db.snapshot(EXPORT_MS, async (ask) => {
    const { to, ...extent } = await monthExtent(ask, workspace.id, month)
    if (to === null) throw new Error(`${workspace.name} has no signed head after ${month}.`)
    await writeExtent({ ask, books, workspace, file }, { ...extent, to })
  })
  const written = await verifyFile(file, books.signer.publicKey)
  refuseUnproven(file, written)
  return written.transfers
}

function refuseUnproven(what: string, { ok, checks }: { ok: boolean; checks: Check[] }): void {
  if (ok) return
  const wrong = checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail}`)
  throw new Error(`${what} cannot be proven, and nothing was archived. ${wrong.join('; ')}`)
}

async function close(
  owner: pg.Client, month: string, counts: Record<string, number>,
): Promise<void> {
  await owner.query('begin')
  try {
    await owner.query('select close_month($1, $2)', [`${month}-01`, JSON.stringify(counts)])
    await owner.query('commit')
  } catch (error) {
    await owner.query('rollback')
    throw error
  }
}
