/** The embedded Temporal server: the official development server on one SQLite file in the home. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../temporal/connection.ts'
import { makeHome, recall, remember } from './home.ts'
import { lastLines, logFile, openLog } from './logs.ts'
import { isPortFree, nextFreePort, quietPort, reachFault } from './ports.ts'
import {
  endProcess, endWithUs, identify, isRunning, type ProcessIdentity,
} from './processes.ts'
import { findTemporal } from './temporal-binary.ts'

/** A running server; address and file stay the same over a restart on the same home. */
export type Temporal = {
  /** host:port of its gRPC interface. */
  address: string
  uiUrl: string
  port: number
  pid: number
  /** Everything it knows. Deleted (with its -wal and -shm) it starts empty. */
  databaseFile: string
  /** Resolves with words when the server ends, for whatever reason. */
  ended: Promise<string>
  stop(): Promise<void>
}

export type StartOptions = {
  home: string
  /** Hears what takes long or is unusual, in words. */
  log: (text: string) => void
  namespace?: string
  /** This port and no other: a restart under clients that know it. */
  port?: number
  /** Gives up a download. */
  signal?: AbortSignal
}

type Known = { port: number; uiPort: number; process: ProcessIdentity | null }

/** Set at the start of each workflow, so people can find them in the UI. */
export const searchAttributes = ['Workspace', 'Kind', 'Key'] as const

/**
 * Starts the server of this home and resolves when it answers for its namespace. A server left
 * over from a killed instance is stopped first. The caller holds the home's lock.
 * @throws Error in words, with the last lines of the log.
 */
export async function startTemporal(options: StartOptions): Promise<Temporal> {
  const { home, log, namespace = 'default', signal } = options
  makeHome(home)
  mkdirSync(join(home, 'temporal'), { recursive: true, mode: 0o700 })
  const program = await findTemporal({ log, ...signal && { signal } })
  const known = recall<Known>(home, 'temporal')
  await stopLeftover(known, log)
  const databaseFile = join(home, 'temporal', 'temporal.sqlite')
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? await quietPort(known?.port ?? null)
    const uiPort = await chooseUiPort(known?.uiPort ?? null)
    const server = launch({ home, program, namespace, port, uiPort, databaseFile })
    remember(home, 'temporal', { port, uiPort, process: server.identity } satisfies Known)
    const address = `127.0.0.1:${port}`
    const stop = async () => { await endProcess(server.identity, 'SIGTERM', 10_000) }
    const fault = await isReady(server.ended, address, namespace)
    if (fault === null) {
      const uiUrl = `http://127.0.0.1:${uiPort}`
      const { identity: { pid }, ended } = server
      return { address, uiUrl, port, pid, databaseFile, ended, stop }
    }
    await stop()
    const words = lastLines(logFile(home, 'temporal'))
    // Between our look and its start another process took the port.
    if (attempt >= 8 || signal?.aborted || !words.includes('address already in use')) {
      throw new Error(`Temporal did not start: ${fault}\n${words}`)
    }
    await sleep(attempt * 250)
  }
}

async function stopLeftover(known: Known | null, log: (text: string) => void): Promise<void> {
  const leftover = known?.process
  if (!leftover || !isRunning(leftover)) return
  log(`Stopping the Temporal that an earlier instance left behind (process ${leftover.pid}).`)
  await endProcess(leftover, 'SIGTERM', 10_000)
}

/**
 * Null when the server at `address` knows the namespace within `waitMs`, else what it said last.
 * Every call has a deadline: without a server the client would ask for ever. Setting `given.up`
 * ends the waiting.
 */
export async function temporalFault(
  address: string, namespace: string, waitMs: number, given = { up: false },
): Promise<string | null> {
  let fault: string | null = 'no answer'
  for (const until = Date.now() + waitMs; !given.up; await sleep(20)) {
    // The port first: gRPC waits a whole second after a refused connection.
    fault = await reachFault(address) ?? await describe(address, namespace)
    if (fault === null) return null
    if (Date.now() >= until) break
  }
  return `${address} does not answer for namespace ${namespace}: ${fault}`
}

async function describe(address: string, namespace: string): Promise<string | null> {
  const { connection } = connect({ address, namespace })
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace }))
    return null
  } catch (error) {
    return (error as Error).message
  } finally {
    await connection.close()
  }
}

async function isReady(ended: Promise<string>, address: string, namespace: string) {
  const given = { up: false }
  const fault = await Promise.race([
    ended.then((words) => `it ended with ${words}`),
    temporalFault(address, namespace, 30_000, given),
  ])
  given.up = true
  return fault
}

/** The UI's usual port if it is free, so that bookmarks work. */
async function chooseUiPort(known: number | null): Promise<number> {
  return known !== null && await isPortFree(known) ? known : nextFreePort(8233)
}

type Launch = {
  home: string; program: string; namespace: string; port: number; uiPort: number
  databaseFile: string
}

/** In a session of its own: Ctrl-C in the terminal must not reach it before the workers. */
function launch({ home, program, namespace, port, uiPort, databaseFile }: Launch) {
  const output = openLog(home, 'temporal')
  const child = spawn(program, [
    'server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort),
    '--db-filename', databaseFile, '--namespace', namespace, '--log-level', 'error',
    // Measured: 1.8 times the throughput of the defaults, and a killed server loses nothing.
    '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL',
    '--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1',
    '--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1',
    // It would ask its makers for news of versions.
    '--dynamic-config-value', 'frontend.enableServerVersionCheck=false',
    ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ], { cwd: home, detached: true, stdio: ['ignore', output, output] })
  closeSync(output)
  endWithUs(child, 'TERM')
  const ended = new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('exit', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`))
  })
  return { identity: identify(child.pid ?? 0) ?? { pid: child.pid ?? 0, startedAt: null }, ended }
}
