/**
 * The embedded Postgres: one cluster per home, on loopback, with a password, durable by settings
 * that nothing can switch off unnoticed.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { refuseUnsafe } from '../db/migrate.ts'
import { makeHome, recall, remember } from './home.ts'
import { lastLines, logFile, openLog } from './logs.ts'
import { quietPort } from './ports.ts'
import { findAccount, findPostgres, type Account } from './postgres-binaries.ts'
import {
  clusterFolder, ensureRoles, initialize, plainEnvironment, urls, withClient, type Urls,
} from './postgres-cluster.ts'
import {
  endProcess, endWithUs, hasEnded, identify, type ProcessIdentity,
} from './processes.ts'

export type Log = (text: string) => void

/** A running server. Its three URLs stay valid over a restart on the same home. */
export type Postgres = Urls & {
  port: number
  pid: number
  /** Resolves with words when the server ends, for whatever reason. */
  ended: Promise<string>
  /** Fast shutdown: ends sessions, writes a checkpoint; resolves when the server is gone. */
  stop(): Promise<void>
}

export type StartOptions = {
  home: string
  /** Hears what takes long or is unusual, in words. */
  log: Log
  /** This port and no other: a restart under clients that know it. */
  port?: number
}

/** Two settings are for small machines: no parallel queries, no compiling of short ones. */
const settings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  random_page_cost: '1.1',
  min_wal_size: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %u@%d ',
}

/**
 * Starts the cluster of this home, making it first if there is none. A server left over from a
 * killed instance is stopped first; stale pid files and taken ports are handled. The caller holds
 * the home's lock.
 * @throws Error in words, with the last lines of the log.
 */
export async function startPostgres({ home, log, port }: StartOptions): Promise<Postgres> {
  makeHome(home)
  const known = recall<{ folder: string; port: number }>(home, 'postgres')
  const account = findAccount(known && join(known.folder, 'data'))
  const binaries = findPostgres(account)
  const folder = known?.folder ?? clusterFolder(home, account, log)
  const data = join(folder, 'data')
  if (!existsSync(join(data, 'PG_VERSION'))) initialize({ home, folder, account, binaries })
  requireMajor(data)
  await stopLeftover(data, log)
  for (let attempt = 1; ; attempt++) {
    const chosen = port ?? await quietPort(known?.port ?? null)
    remember(home, 'postgres', { folder, port: chosen })
    const server = launch({ home, data, account, postgres: binaries.postgres, port: chosen })
    const fault = await isReady(server, data)
    if (fault === null) return serve(home, server, chosen)
    if (attempt >= 8 || !isPassing(fault)) {
      throw new Error(`Postgres did not start: ${fault}`)
    }
    await sleep(attempt * 250)
  }
}

type Server = { identity: ProcessIdentity; ended: Promise<string>; log: string }

async function serve(home: string, server: Server, port: number): Promise<Postgres> {
  const stop = () => stopServer(server.identity)
  try {
    const addresses = urls(home, port)
    await ensureRoles(home, addresses)
    await withClient(addresses.appUrl, refuseUnsafe)
    return { ...addresses, port, pid: server.identity.pid, ended: server.ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Launch = { home: string; data: string; account: Account; postgres: string; port: number }

/** In a session of its own: Ctrl-C in the terminal must not reach it before its clients. */
function launch({ home, data, account, postgres, port }: Launch): Server {
  const args = Object.entries({ ...settings, port: String(port) })
    .flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const output = openLog(home, 'postgres')
  const child = spawn(postgres, ['-D', data, ...args], {
    ...account, cwd: dirname(data), detached: true, stdio: ['ignore', output, output],
    env: plainEnvironment,
  })
  closeSync(output)
  endWithUs(child, 'INT')
  const ended = new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('exit', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`))
  })
  const identity = identify(child.pid ?? 0) ?? { pid: child.pid ?? 0, startedAt: null }
  return { identity, ended, log: logFile(home, 'postgres') }
}

/** The server tells its state in its pid file's last line. Null = ready, else what went wrong. */
async function isReady(server: Server, data: string): Promise<string | null> {
  let ended: string | null = null
  void server.ended.then((words) => { ended = words })
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(20)) {
    if (ended !== null) return `it ended with ${ended}:\n${lastLines(server.log)}`
    const lines = pidFile(data)
    if (Number(lines[0]) === server.identity.pid && lines.at(-1)?.trim() === 'ready') return null
  }
  await stopServer(server.identity)
  return `it was not ready within a minute:\n${lastLines(server.log)}`
}

/** Faults that go away by waiting or by another port: a killed server's sessions still closing. */
function isPassing(fault: string): boolean {
  return /pre-existing shared memory|Address already in use|could not bind/.test(fault)
}

/** Fast; then immediate, which is a crash with recovery at the next start; then killed. */
async function stopServer(server: ProcessIdentity): Promise<void> {
  if (await endedBy(server, 'SIGINT', 15_000)) return
  await endProcess(server, 'SIGQUIT', 5_000)
}

async function endedBy(server: ProcessIdentity, signal: NodeJS.Signals, waitMs: number) {
  if (await hasEnded(server, 0)) return true
  process.kill(server.pid, signal)
  return hasEnded(server, waitMs)
}

/**
 * A pid file whose process is a server on this very data is a leftover of an instance that was
 * killed; any other is stale, even when its number now belongs to someone else (Postgres itself
 * would then refuse to start).
 */
async function stopLeftover(data: string, log: Log): Promise<void> {
  const pid = Number(pidFile(data)[0])
  if (!pid) return
  const found = identify(pid)
  if (found && servesFrom(pid, data)) {
    log(`Stopping the Postgres that an earlier instance left behind (process ${pid}).`)
    await stopServer(found)
  } else {
    rmSync(join(data, 'postmaster.pid'), { force: true })
  }
}

function servesFrom(pid: number, data: string): boolean {
  if (process.platform !== 'linux') return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)
  } catch {
    return false
  }
}

function pidFile(data: string): string[] {
  const file = join(data, 'postmaster.pid')
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n')
  } catch {
    return []
  }
}

function requireMajor(data: string): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (found === '18') return
  throw new Error(`The data in ${data} was written by Postgres ${found}; this is Postgres 18. `
    + 'Export it with the version that wrote it, or set GUILDHALL_HOME to a new folder.')
}
