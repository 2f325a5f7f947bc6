/**
 * A world for a test file: its own database, api processes, worker and relay on the real engines,
 * with an owner, the talent agent, a lead and two workers.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Config } from '../../config.ts'
import { readConfig } from '../../config.ts'
import type { Parts, Stop } from '../../main.ts'
import { compose, startApi, startRelay, startWorker } from '../../main.ts'
import { TestClient } from './client.ts'
import { TEMPLATE, databaseUrl } from './engines.ts'

export type Registered = { keyid: string; secret: string; client: TestClient }

export type World = {
  url: string
  config: Config
  parts: Parts
  owner: TestClient
  /** The agents of every world: talent, lead (level 5), ada and bob (level 3, typescript). */
  agents: Record<string, Registered>
  /** A client with a bearer token of this agent or of a new one. */
  register: (handle: string, fields?: Record<string, unknown>) => Promise<Registered>
  /** Runs SQL as the owner of the tables. */
  sql: <Row = Record<string, unknown>>(text: string, values?: unknown[]) => Promise<Row[]>
  /** Another api (or worker) process of its own; ends with the world. */
  spawn: (roles?: string) => Promise<Spawned>
  /** Moves the clock of the rules forward. */
  advance: (seconds: number) => Promise<void>
  startWorker: () => void
  stopWorker: () => Promise<void>
  startRelay: () => void
  close: () => Promise<void>
}
export type Spawned = { process: ChildProcess; url: string; client: (token: string) => TestClient }

export type WorldOptions = {
  worker?: boolean
  relay?: boolean
  settings?: Record<string, unknown>
  logLevel?: string
  /** Another engine than the run's: one that a test may kill. */
  temporalAddress?: string
  /** More variables of the environment. */
  env?: Record<string, string>
}

export async function openWorld(
  { worker = false, relay = false, settings, logLevel = 'fatal', temporalAddress, env }: WorldOptions = {},
): Promise<World> {
  const engines = inject('engines')
  const name = `w_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client(engines.adminUrl)
  await admin.connect()
  const owner = pg.escapeIdentifier(new URL(engines.ownerUrl).username)
  await admin.query(`create database ${name} template ${TEMPLATE} owner ${owner}`)
  const token = randomBytes(24).toString('hex')
  const environment = {
    PORT: '0', HOST: '127.0.0.1', GUILDHALL_HOME: join(engines.cacheFolder, '..', 'home'),
    DATABASE_URL: databaseUrl(engines.appUrl, name), MIGRATION_URL: databaseUrl(engines.ownerUrl, name),
    TEMPORAL_ADDRESS: temporalAddress ?? engines.temporalAddress, TEMPORAL_UI_URL: engines.temporalUiUrl,
    GUILDHALL_TASK_QUEUE: name, GUILDHALL_OWNER_TOKEN: token, LOG_LEVEL: logLevel,
    GUILDHALL_MASTER_KEY: randomBytes(32).toString('base64'), ...env,
  }
  const config = readConfig(environment)
  const parts = compose(config)
  const api = await startApi(parts)
  const url = api.url!
  const stops: Stop[] = [api.stop]
  const children: ChildProcess[] = []
  const tables = new pg.Pool({ connectionString: environment.MIGRATION_URL, max: 2 })
  // Dropping the database at the end cuts whatever is idle.
  tables.on('error', () => undefined)
  const ownerClient = new TestClient(url, token)
  const agents: World['agents'] = {}

  const register: World['register'] = async (handle, fields = {}) => {
    const known = handle === 'talent'
    const made = known
      ? { key: await ownerClient.do('agent.key_create', { id: handle }) }
      : await ownerClient.do('agent.register', { handle, ...fields })
    const bearer = await ownerClient.do('agent.token_create', { id: handle })
    const { keyid, secret } = made.key
    return { keyid, secret, client: new TestClient(url, bearer.token) }
  }

  let stopOwnWorker: Stop | null = null
  const world: World = {
    url, config, parts, owner: ownerClient, agents, register,
    sql: async (text, values = []) => (await tables.query(text, values)).rows,
    spawn: (roles = 'api') => spawnProcess(environment, roles, children),
    advance: async (seconds) => {
      await tables.query('update test_clock set ahead = ahead + make_interval(secs => $1)', [seconds])
    },
    startWorker: () => { stopOwnWorker ??= startWorker(parts) },
    stopWorker: async () => {
      await stopOwnWorker?.()
      stopOwnWorker = null
    },
    startRelay: () => { stops.push(startRelay(parts)) },
    close: async () => {
      for (const child of children) child.kill('SIGKILL')
      await stopOwnWorker?.()
      await Promise.allSettled(stops.map((stop) => stop()))
      await parts.db.end()
      await parts.client.connection.close()
      await tables.end()
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
  await populate(world)
  if (settings) await ownerClient.do('workspace.update', { settings })
  if (worker) world.startWorker()
  if (relay) world.startRelay()
  return world
}

async function populate({ register, agents }: World): Promise<void> {
  agents.talent = await register('talent')
  agents.lead = await register('lead', { role: 'lead', reports_to: 'talent' })
  const worker = { level: 3, reports_to: 'lead', capabilities: [{ tag: 'typescript' }] }
  agents.ada = await register('ada', worker)
  agents.bob = await register('bob', worker)
}

async function spawnProcess(
  environment: Record<string, string>, roles: string, children: ChildProcess[],
): Promise<Spawned> {
  const child = fork(join(import.meta.dirname, '..', '..', 'main.ts'), {
    env: { ...process.env, ...environment, GUILDHALL_ROLES: roles }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(child)
  const ready = await new Promise<{ url: string }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)))
    child.on('message', (message: { ready?: boolean; failed?: string; url: string }) => {
      if (message.ready) resolve(message)
      else reject(new Error(message.failed))
    })
  })
  return { process: child, url: ready.url, client: (token) => new TestClient(ready.url, token) }
}

/** Asks until the answer is truthy; fails after so many milliseconds. */
export async function eventually<Value>(
  ask: () => Promise<Value>, { within = 10_000, every = 50 } = {},
): Promise<NonNullable<Value>> {
  const until = Date.now() + within
  for (;;) {
    const value = await ask()
    if (value) return value as NonNullable<Value>
    if (Date.now() > until) throw new Error(`not within ${within} ms; the last answer was ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
