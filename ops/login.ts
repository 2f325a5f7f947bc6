/**
 * `guildhall login [handle]`: prints a link that signs a person in once. Who can read this home's
 * secrets may do so without asking anyone.
 */
import { parseArgs } from 'node:util'
import { readConfig, type Config } from '../config.ts'
import { getActor } from '../db/agents.ts'
import { Database } from '../db/database.ts'
import { findWorkspace } from '../db/workspaces.ts'
import { People } from '../handlers/people.ts'
import { databaseUrl } from './doctor.ts'

export type LoginOptions = { handle: string; workspace: string }

/**
 * A fresh sign-in link: it works once, for 10 minutes.
 * @throws Error in words when there is no database, no such workspace or no such person.
 */
export async function signInLink(config: Config, options: LoginOptions): Promise<string> {
  const database = databaseUrl(config)
  if (!database) throw new Error(`No database is known in ${config.home}: start it by npm start.`)
  const db = new Database({ url: database, size: 1, name: 'login' })
  try {
    const workspace = await findWorkspace(db, options.workspace)
    if (!workspace) throw new Error(`There is no workspace ${options.workspace}.`)
    const person = await getActor(db, workspace, options.handle)
    if (person?.kind !== 'human') throw new Error(`There is no person ${options.handle} there.`)
    const secret = await new People(db).invite(workspace, person.id)
    return `${config.publicUrl ?? `http://${shown(config.host)}:${config.port}`}/sign-in/${secret}`
  } finally {
    await db.end()
  }
}

const shown = (host: string): string => (host.includes(':') ? `[${host}]` : host)

if (import.meta.main) {
  try {
    const { values, positionals: [handle = 'owner'] } = parseArgs({
      allowPositionals: true, options: { workspace: { type: 'string', default: 'main' } },
    })
    const link = await signInLink(readConfig(), { handle, workspace: values.workspace })
    process.stdout.write(`Sign in (once, within 10 minutes): ${link}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
