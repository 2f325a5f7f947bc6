/** What lies inside the embedded cluster: its place, its making, its database and its two roles. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { secret } from './home.ts'
import {
  isReachable, systemFolder, type Account, type PostgresBinaries,
} from './postgres-binaries.ts'

/**
 * How to reach the server: `ownerUrl` owns the database and its tables, `appUrl` is what the
 * application works as, `adminUrl` may do anything (tests make databases with it).
 */
export type Urls = { ownerUrl: string; appUrl: string; adminUrl: string }

/**
 * What the programs get to see: not our environment, which holds secrets and may hold PG… variables
 * of someone else's server.
 */
export const plainEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Asks one server questions over one connection, at most 10 s for each. */
export async function withClient<T>(url: string, ask: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 10_000,
  })
  // A server that dies in between must fail the question, not the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await ask(async (text) => (await client.query(text)).rows)
  } finally {
    await client.end()
  }
}
export type Query = (text: string) => Promise<Record<string, unknown>[]>

const database = 'guildhall'
const admin = 'guildhall_admin'
const owner = 'guildhall_owner'
const application = 'guildhall_app'

/**
 * Where this home's cluster goes: inside it, unless the user that Postgres runs as cannot pass the
 * folders above (a home below /root); then in the system's folder, under a name of its own.
 */
export function clusterFolder(home: string, account: Account, log: (text: string) => void): string {
  const inside = join(home, 'postgres')
  const reachable = isReachable(inside, account)
  const folder = reachable ? inside : join(systemFolder, randomBytes(6).toString('hex'))
  mkdirSync(folder, { recursive: true, mode: account ? 0o711 : 0o700 })
  if (!reachable) {
    log(`Postgres data is kept in ${folder}: Postgres does not run as root, and the home lies in `
      + 'a folder that is closed to other users.')
  }
  return folder
}

type Making = { home: string; folder: string; account: Account; binaries: PostgresBinaries }

/** Makes the cluster under another name and moves it in place: half a cluster is never found. */
export function initialize({ home, folder, account, binaries }: Making): void {
  const draft = join(folder, 'data.making')
  const passwordFile = join(folder, 'password.making')
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  writeFileSync(passwordFile, password(home, admin), { mode: 0o600 })
  if (account) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid)
  chmodSync(draft, 0o700)
  const outcome = spawnSync(binaries.initdb, [
    '-D', draft, '--username', admin, '--pwfile', passwordFile, '--auth=scram-sha-256',
    '--encoding=UTF8', '--locale=C',
  ], { ...account, cwd: folder, encoding: 'utf8', env: plainEnvironment })
  rmSync(passwordFile, { force: true })
  if (outcome.status !== 0) {
    throw new Error(`The Postgres cluster in ${folder} could not be made (initdb ended with `
      + `${outcome.status ?? outcome.error?.message}):\n${outcome.stdout}\n${outcome.stderr}`)
  }
  renameSync(draft, join(folder, 'data'))
}

export function urls(home: string, port: number): Urls {
  const url = (role: string, name: string) =>
    `postgres://${role}:${password(home, role)}@127.0.0.1:${port}/${name}`
  return {
    ownerUrl: url(owner, database), appUrl: url(application, database),
    adminUrl: url(admin, 'postgres'),
  }
}

/** Makes the two roles and the database, where they miss. Tables and rights come by migrations. */
export async function ensureRoles(home: string, { adminUrl }: Urls): Promise<void> {
  await withClient(adminUrl, async (query) => {
    const roles = (await query('select rolname from pg_roles')).map(({ rolname }) => rolname)
    for (const role of [owner, application].filter((name) => !roles.includes(name))) {
      await query(`create role ${role} login password '${password(home, role)}'`)
    }
    const databases = await query(`select 1 from pg_database where datname = '${database}'`)
    if (!databases.length) await query(`create database ${database} owner ${owner}`)
  })
}

/** Of letters, digits, - and _ only: safe in a URL and in an SQL literal. */
function password(home: string, role: string): string {
  return secret(home, `postgres-${role}`, () => randomBytes(24).toString('base64url'))
}
