/** Writes a ledger to a file that proves itself; see ops/ledger-verify.ts. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { signHeads } from '../activities/heads.ts'
import { Database } from '../db/database.ts'
import { exportLines, hashBefore, wholeExtent } from '../db/exports.ts'
import type { Extent } from '../db/exports.ts'
import type { Ask } from '../db/database.ts'
import { findWorkspace } from '../db/workspaces.ts'
import { Signer } from '../handlers/signer.ts'
import { databaseUrl } from './doctor.ts'
import type { Header } from './ledger-file.ts'
import { FORMAT, counted, writeLines } from './ledger-file.ts'

/** A page comes within this, the first one after the tables were joined. */
export const EXPORT_MS = 600_000

export type Books = { db: Database; signer: Signer }
export type Workspace = { id: string; name: string }

/** The instance's database, and the key that signs its heads. */
export function openBooks(config: Config): Books {
  const url = databaseUrl(config)
  if (!url) throw new Error('There is no instance here: start one, or set DATABASE_URL.')
  return { db: new Database({ url, size: 2, name: 'ledger' }), signer: signerOf(config) }
}

export function signerOf({ masterKey, home }: Config): Signer {
  const file = join(home, 'secrets', 'master.key')
  const key = masterKey ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : null)
  if (!key) throw new Error(`There is no master key in ${home}: set GUILDHALL_MASTER_KEY.`)
  return new Signer(key)
}

export async function workspaceOf({ db }: Books, name: string): Promise<Workspace> {
  const id = await findWorkspace(db, name)
  if (!id) throw new Error(`There is no workspace ${name}.`)
  return { id, name }
}

/** Signs what moved, then writes all of one snapshot. Answers what could not be signed. */
export async function exportLedger(
  books: Books, workspace: Workspace, file: string,
): Promise<string[]> {
  const { refused } = await signHeads({ ...books, key: books.signer, log: quiet }, workspace.id)
  await books.db.snapshot(EXPORT_MS, async (ask) => {
    await writeExtent({ ask, books, workspace, file }, await wholeExtent(ask, workspace.id))
  })
  return refused
}

/** What is not signed is told by whoever asked for it. */
export const quiet = { error: (): void => undefined }

export type Writing = { ask: Ask; books: Books; workspace: Workspace; file: string }

export async function writeExtent(
  { ask, books, workspace, file }: Writing, extent: Extent,
): Promise<void> {
  const { publicKey, keyId } = books.signer
  const header: Header = {
    record: 'header', format: FORMAT, workspace, month: extent.month,
    public_key: { id: keyId, key: publicKey },
    after: { seq: extent.from - 1, hash: await hashBefore(ask, workspace.id, extent.from) },
    ids: { archived: extent.archived, end: extent.end }, exported_at: new Date().toISOString(),
  }
  async function* lines(): AsyncGenerator<string> {
    yield JSON.stringify(header)
    yield* exportLines(ask, extent)
  }
  await writeLines(file, counted(lines()))
}
