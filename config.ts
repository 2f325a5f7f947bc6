/**
 * The only reader of the environment. Every variable there is, what it means and its default.
 */
import { availableParallelism } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export type Role = 'api' | 'worker' | 'relay'

export type Config = {
  host: string
  port: number
  /** True when `PORT` was set: then a taken port is an error, not a reason to take the next. */
  portIsFixed: boolean
  home: string
  ownerToken: string | null
  masterKey: string | null
  /** Null = the embedded Postgres. */
  databaseUrl: string | null
  /** The owner of tables and functions; the application's own role where it is not set. */
  migrationUrl: string | null
  databasePoolSize: number
  /** Null = the embedded Temporal server. */
  temporalAddress: string | null
  temporalNamespace: string
  /** Where people open the Temporal UI; null = unknown. */
  temporalUiUrl: string | null
  taskQueue: string
  roles: Role[]
  publicUrl: string | null
  trustProxy: boolean
  /** Requests a minute for each credential; null = not limited. */
  rateLimit: number | null
  logLevel: string
  /** Switches off the SDK's promise hooks in worker threads: 20 % more throughput. */
  fastWorker: boolean
}

type Variable = { name: string; meaning: string; fallback: string; secret?: boolean }

/** Documented in docs/reference/configuration.md, which is generated from this. */
export const variables: readonly Variable[] = [
  { name: 'PORT', meaning: 'API, page and MCP listen here', fallback: '4400' },
  { name: 'HOST', meaning: 'Address to listen on', fallback: '127.0.0.1' },
  {
    name: 'GUILDHALL_HOME', fallback: '.guildhall in the checkout',
    meaning: 'All embedded state: Postgres data, Temporal file, secrets, logs',
  },
  {
    name: 'GUILDHALL_OWNER_TOKEN', fallback: 'made and kept in the home', secret: true,
    meaning: 'At first start becomes the owner’s bearer token (at least 32 characters)',
  },
  {
    name: 'GUILDHALL_MASTER_KEY', fallback: 'made and kept in the home', secret: true,
    meaning: '32 bytes in base64; wraps the secrets in the database, signs the heads of its log',
  },
  {
    name: 'DATABASE_URL', fallback: 'the embedded Postgres', secret: true,
    meaning: 'Postgres 18 or newer, as the role the application works as',
  },
  {
    name: 'MIGRATION_URL', fallback: 'DATABASE_URL', secret: true,
    meaning: 'The same database as the role that owns tables and functions',
  },
  {
    name: 'DATABASE_POOL', fallback: 'one more than cores, at least 3',
    meaning: 'Connections per process; more of them make hot rows slower, not faster',
  },
  {
    name: 'TEMPORAL_ADDRESS', fallback: 'the embedded Temporal server',
    meaning: 'host:port of a Temporal server',
  },
  { name: 'TEMPORAL_NAMESPACE', meaning: 'Temporal namespace', fallback: 'default' },
  {
    name: 'TEMPORAL_UI_URL', fallback: 'the embedded one',
    meaning: 'Where people open the Temporal UI, for links',
  },
  { name: 'GUILDHALL_TASK_QUEUE', meaning: 'Temporal task queue', fallback: 'guildhall' },
  { name: 'GUILDHALL_ROLES', meaning: 'What this process does', fallback: 'api,worker,relay' },
  {
    name: 'PUBLIC_URL', fallback: 'http://HOST:PORT',
    meaning: 'The address people and agents use, for links and the origin check',
  },
  {
    name: 'TRUST_PROXY', fallback: 'off',
    meaning: '1 = believe X-Forwarded-For and X-Forwarded-Proto',
  },
  {
    name: 'RATE_LIMIT', fallback: '6000, off on loopback',
    meaning: 'Requests a minute and process for each credential; 0 = off',
  },
  { name: 'LOG_LEVEL', meaning: 'trace, debug, info, warn, error or silent', fallback: 'info' },
  {
    name: 'GUILDHALL_FAST_WORKER', fallback: '1 in production, else 0',
    meaning: '1 = no promise hooks in workflow threads (the Call Stack tab stays empty)',
  },
]

const allRoles: readonly Role[] = ['api', 'worker', 'relay']

const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host)

/** Reads and checks the environment; throws one error that names every fault. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const faults: string[] = []
  const check = <T>(value: T, holds: boolean, fault: string): T => {
    if (!holds) faults.push(fault)
    return value
  }
  const text = (name: string): string | null => env[name]?.trim() || null
  const home = text('GUILDHALL_HOME') ?? join(import.meta.dirname, '.guildhall')
  const roles = (text('GUILDHALL_ROLES') ?? allRoles.join(','))
    .split(',').map((role) => role.trim())
  const port = Number(text('PORT') ?? 4400)
  const pool = Number(text('DATABASE_POOL') ?? Math.max(3, availableParallelism() + 1))
  const ownerToken = text('GUILDHALL_OWNER_TOKEN')
  const masterKey = text('GUILDHALL_MASTER_KEY')
  const host = text('HOST') ?? '127.0.0.1'
  const rate = Number(text('RATE_LIMIT') ?? (isLoopback(host) ? 0 : 6000))
  const config: Config = {
    host,
    port: check(port, Number.isInteger(port) && port >= 0 && port < 65_536, 'PORT is not a port'),
    portIsFixed: text('PORT') !== null,
    home: isAbsolute(home) ? home : resolve(home),
    ownerToken: check(ownerToken, ownerToken === null || ownerToken.length >= 32,
      'GUILDHALL_OWNER_TOKEN needs at least 32 characters'),
    masterKey: check(masterKey,
      masterKey === null || Buffer.from(masterKey, 'base64').length === 32,
      'GUILDHALL_MASTER_KEY needs 32 bytes in base64'),
    databaseUrl: text('DATABASE_URL'),
    migrationUrl: text('MIGRATION_URL'),
    databasePoolSize: check(pool, Number.isInteger(pool) && pool > 0,
      'DATABASE_POOL is not a number'),
    temporalAddress: text('TEMPORAL_ADDRESS'),
    temporalNamespace: text('TEMPORAL_NAMESPACE') ?? 'default',
    temporalUiUrl: text('TEMPORAL_UI_URL'),
    taskQueue: text('GUILDHALL_TASK_QUEUE') ?? 'guildhall',
    roles: check(roles, roles.every((role) => allRoles.includes(role as Role)),
      `GUILDHALL_ROLES takes ${allRoles.join(', ')}`) as Role[],
    publicUrl: text('PUBLIC_URL')?.replace(/\/+$/, '') ?? null,
    rateLimit: check(rate || null, Number.isInteger(rate) && rate >= 0,
      'RATE_LIMIT is not a number'),
    trustProxy: ['1', 'true', 'yes', 'on'].includes(text('TRUST_PROXY') ?? ''),
    logLevel: text('LOG_LEVEL') ?? 'info',
    fastWorker:
      (text('GUILDHALL_FAST_WORKER') ?? (env.NODE_ENV === 'production' ? '1' : '0')) === '1',
  }
  if (faults.length) throw new Error(`The configuration is not valid: ${faults.join('; ')}`)
  return config
}
