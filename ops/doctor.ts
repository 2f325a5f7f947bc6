/**
 * `guildhall doctor`: looks at everything an instance stands on and says, for each thing that is
 * not as it should be, what to do about it. Reads only; repairs nothing.
 */
import { existsSync, statfsSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readConfig, type Config } from '../config.ts'
import { databaseFindings } from './doctor-database.ts'
import { engineFindings } from './doctor-engine.ts'
import { fault, ok, warning, type Finding } from './findings.ts'
import { lockHolder, recall } from './home.ts'
import { urls } from './postgres-cluster.ts'
import { isRunning, type ProcessIdentity } from './processes.ts'

/** Looks at the home, the processes, Postgres and Temporal, each at most a few seconds. */
export async function doctor(config: Config): Promise<Finding[]> {
  const embedded = !config.databaseUrl || !config.temporalAddress
  return [
    ...homeFindings(config.home),
    ...embedded ? processFindings(config.home) : [],
    ...await databaseFindings(databaseUrl(config)),
    ...await engineFindings(temporalAddress(config), config.temporalNamespace),
  ]
}

/** Runs the doctor and prints what it finds; answers the exit code: 1 when there is a fault. */
export async function runDoctor(config: Config, { json = false } = {}): Promise<number> {
  const findings = await doctor(config)
  process.stdout.write(json
    ? `${JSON.stringify({ findings })}\n`
    : `${findings.map(describe).join('\n')}\n`)
  return findings.some(({ state }) => state === 'fault') ? 1 : 0
}

function describe({ state, what, remedy }: Finding): string {
  return `${state.padEnd(8)} ${what}${remedy ? `\n         → ${remedy}` : ''}`
}

const gibibyte = 1024 ** 3

function homeFindings(home: string): Finding[] {
  if (!existsSync(home)) {
    return [fault(`The home ${home} does not exist.`,
      'Start Guildhall once (npm start), or set GUILDHALL_HOME to the home it works in.')]
  }
  const { bavail, bsize } = statfsSync(home)
  const free = bavail * bsize / gibibyte
  const what = `${free.toFixed(1)} GiB are free where the home ${home} lies.`
  const remedy = 'Free some space: without it Postgres refuses to write.'
  const space = free < 0.25 ? fault(what, remedy) : free < 2 ? warning(what, remedy) : ok(what)
  const open = statSync(home).mode & 0o066
  return open
    ? [space, warning(`Others on this machine can read the home ${home}.`, `chmod go-rw ${home}`)]
    : [space]
}

function processFindings(home: string): Finding[] {
  const holder = lockHolder(home)
  if (!holder) return [fault('No instance works in this home.', 'Start Guildhall: npm start')]
  const known = Object.entries(recall<Record<string, ProcessIdentity | null>>(home, 'processes')
    ?? {})
  const words = ([name, one]: (typeof known)[number]) => `${name} ${one?.pid ?? 'is down'}`
  const all = `The instance runs as process ${holder.pid} with ${known.map(words).join(', ')}.`
  return known.every(([, identity]) => identity && isRunning(identity))
    ? [ok(all)]
    : [warning(all, `What is down is started again; if not, read its log in ${home}/logs.`)]
}

/** Null when the embedded Postgres has never run in this home. */
export function databaseUrl({ databaseUrl: given, home }: Config): string | null {
  const known = recall<{ port: number }>(home, 'postgres')
  return given ?? (known && urls(home, known.port).appUrl)
}

/** Null when the embedded Temporal has never run in this home. */
export function temporalAddress({ temporalAddress: given, home }: Config): string | null {
  const known = recall<{ port: number }>(home, 'temporal')
  return given ?? (known && `127.0.0.1:${known.port}`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  process.exitCode = await runDoctor(readConfig(), values)
}
