/** The system under test: `guildhall up` in a home of its own, and what its processes cost. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../ops/postgres.ts'
import type { Postgres } from '../ops/postgres.ts'
import { startTemporal } from '../ops/temporal.ts'
import type { Temporal } from '../ops/temporal.ts'
import { masterKey, ownerToken } from '../ops/home.ts'

export type System = {
  url: string
  token: string
  postgres: Postgres
  temporal: Temporal
  environment: Record<string, string>
  api: ChildProcess
  worker: ChildProcess
  database: pg.Pool
  stop: () => Promise<void>
}

const root = join(import.meta.dirname, '..')
const fastWorker = new URL('../temporal/fast-worker.mjs', import.meta.url).href
const quiet = (): void => undefined

export type Engines = {
  home: string
  postgres: Postgres
  temporal: Temporal
  token: string
  /** For processes that work on these engines. */
  environment: Record<string, string>
}

/** Both engines in a home of their own. */
export async function startEngines(): Promise<Engines> {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-bench-'))
  const [postgres, temporal] = await Promise.all([
    startPostgres({ home, log: quiet }), startTemporal({ home, log: quiet }),
  ])
  const token = ownerToken(home, null)
  const environment = {
    GUILDHALL_HOME: home, PORT: '0', DATABASE_URL: postgres.appUrl,
    MIGRATION_URL: postgres.ownerUrl, TEMPORAL_ADDRESS: temporal.address,
    GUILDHALL_MASTER_KEY: masterKey(home, null), GUILDHALL_OWNER_TOKEN: token, LOG_LEVEL: 'error',
  }
  return { home, postgres, temporal, token, environment }
}

/** Engines, one api process, one worker-and-relay process: what `npm start` runs. */
export async function startSystem(): Promise<System> {
  const { home, postgres, temporal, token, environment } = await startEngines()
  const api = await startProcess(environment, 'api')
  const worker = await startProcess(environment, 'worker,relay')
  const database = new pg.Pool({ connectionString: postgres.ownerUrl, max: 2 })
  return {
    url: api.url!, token, postgres, temporal, environment, api: api.child, worker: worker.child,
    database,
    stop: async () => {
      await database.end()
      await Promise.all([api.child, worker.child].map(endChild))
      await Promise.all([postgres.stop(), temporal.stop()])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

export async function startProcess(
  environment: Record<string, string>, roles: string,
): Promise<{ child: ChildProcess; url: string | null }> {
  const child = spawn(process.execPath, [join(root, 'main.ts')], {
    env: {
      ...process.env, ...environment, GUILDHALL_ROLES: roles,
      ...(roles.includes('worker') ? { NODE_OPTIONS: `--import=${fastWorker}` } : {}),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { url } = await new Promise<{ url: string | null }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${roles} ended with ${code}`)))
    child.on('message', (message: { ready?: boolean; failed?: string; url: string | null }) => {
      if (message.ready) resolve(message)
      else reject(new Error(message.failed))
    })
  })
  return { child, url }
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

const TICKS_PER_MS = 0.1

/** CPU time used so far in ms, by process; empty where /proc is missing. */
export function cpuOf({ api, worker, postgres, temporal }: System): Record<string, number> {
  if (!existsSync('/proc/self/stat')) return {}
  const everyone = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  const family = everyone.filter((pid) => pid === postgres.pid || parentOf(pid) === postgres.pid)
  return {
    api: cpuTime(api.pid!), worker: cpuTime(worker.pid!), temporal: cpuTime(temporal.pid),
    // Backends that ended are in their parent's children's time.
    postgres: family.reduce((sum, pid) => sum + cpuTime(pid), 0) + cpuTime(postgres.pid, true),
    load: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
  }
}

function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const parentOf = (pid: number): number => Number(statOf(pid)[1] ?? 0)

function cpuTime(pid: number, ofChildren = false): number {
  const fields = statOf(pid)
  const first = ofChildren ? 13 : 11
  return (Number(fields[first] ?? 0) + Number(fields[first + 1] ?? 0)) / TICKS_PER_MS
}
