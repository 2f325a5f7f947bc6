/** Composes the processes from the configuration; nothing else wires things together. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Config } from './config.ts'
import { readConfig } from './config.ts'
import { serve } from './api/app.ts'
import { Limits } from './api/limits.ts'
import { activitiesOf } from './activities/index.ts'
import { Write } from './activities/write.ts'
import { Database } from './db/database.ts'
import { EventFeed, Notifier } from './db/listen.ts'
import { migrate, refuseUnsafe } from './db/migrate.ts'
import { Prover, lastProofs } from './db/proofs.ts'
import { getWorkspace } from './db/workspaces.ts'
import { Authenticator } from './handlers/authenticate.ts'
import { BackPressure } from './handlers/backpressure.ts'
import { firstStart } from './handlers/founding.ts'
import { Nonces } from './handlers/nonces.ts'
import { People } from './handlers/people.ts'
import { Signer } from './handlers/signer.ts'
import { Vault } from './handlers/vault.ts'
import { Presence } from './handlers/presence.ts'
import { Seen } from './handlers/seen.ts'
import { readinessOf } from './handlers/readiness.ts'
import { alertOf } from './activities/alert.ts'
import { signHeads } from './activities/heads.ts'
import { Relay } from './relay/relay.ts'
import { connect } from './temporal/connection.ts'
import { EngineQueries } from './temporal/engine.ts'
import { Nudge } from './temporal/nudge.ts'
import { WorkerLoop } from './temporal/loop.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'))

export type Stop = () => Promise<void>
type Ready = { url: string | null; signIn: string | null; workspace: string }

/** Everything that all roles share. */
export function compose(config: Config) {
  const log = pino({ level: config.logLevel, base: { roles: config.roles.join(',') } })
  const url = config.databaseUrl!
  const db = new Database({ url, size: config.databasePoolSize, name: config.roles.join(',') })
  const client = connect({ address: config.temporalAddress, namespace: config.temporalNamespace })
  const names = new Map<string, string>()
  const nameOf = async (workspace: string): Promise<string> => {
    const known = names.get(workspace) ?? (await getWorkspace(db, workspace))?.name ?? workspace
    names.set(workspace, known)
    return known
  }
  const nudge = new Nudge({ client, taskQueue: config.taskQueue, nameOf, log })
  const notifier = new Notifier(db)
  const write = new Write(db, { nudge: nudge.nudge, notify: notifier.notify })
  const engine = new EngineQueries(client, config.temporalUiUrl)
  return { config, log, db, client, nudge, write, engine }
}

export type Parts = ReturnType<typeof compose>

export async function startApi(parts: Parts): Promise<Ready & { stop: Stop }> {
  const { config, log, db, write, engine } = parts
  const vault = new Vault(config.masterKey!)
  const signer = new Signer(config.masterKey!)
  const seen = new Seen(db, log)
  const authenticator = new Authenticator(db, { vault, nonces: new Nonces(db), seen })
  const backPressure = new BackPressure(db)
  const people = new People(db)
  const feed = new EventFeed(db)
  const presence = new Presence(db, { name: `${hostname()} ${process.pid}`, log })
  const founded = await firstStart(db, { ownerToken: config.ownerToken })
  await presence.start()
  // Heads are signed hourly by the worker; a log that nobody vouches for yet, or that moved while
  // none ran, need not wait for it.
  const signing = signHeads({ db, key: signer, log })
    .catch((error: Error) => log.warn({ err: error }, 'heads are signed later'))
  feed.start()
  const shown = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}`
  const deps = {
    context: {
      db, write, engine, vault, signer, log, prover: new Prover(db, signer.isGenuine),
      backPressure: backPressure.refuse,
    },
    authenticator, people, feed,
    proofs: () => lastProofs(db),
    readiness: readinessOf({ db, backPressure, ping: () => engine.identify() }),
    publicUrl: config.publicUrl ?? `${shown}:${config.port}`,
    temporalUiUrl: config.temporalUiUrl, trustProxy: config.trustProxy,
    limits: config.rateLimit === null ? null : new Limits(config.rateLimit), version,
  }
  const { port, close } = await serve(deps, config)
  const url = config.publicUrl ?? `${shown}:${port}`
  const link = await people.invite(founded.workspaceId, founded.ownerId)
  return {
    url, signIn: `${url}/sign-in/${link}`, workspace: founded.workspace,
    stop: async () => {
      await close()
      await signing
      await presence.stop()
      await seen.flush()
      await feed.stop()
    },
  }
}

export function startWorker({ config, log, db, write, nudge, engine, client }: Parts): Stop {
  const loop = new WorkerLoop({
    address: config.temporalAddress, namespace: config.temporalNamespace,
    taskQueue: config.taskQueue, cacheFolder: join(config.home, 'cache'), log, client,
    activities: activitiesOf({
      db, write, log, key: new Signer(config.masterKey!), inspect: engine.inspect,
      wake: (subject) => nudge.wake(subject),
    }),
  })
  loop.start()
  return () => loop.stop()
}

export function startRelay({ config, db, log, nudge, engine, write }: Parts): Stop {
  const relay = new Relay({
    db, log, isGenuine: new Signer(config.masterKey!).isGenuine, notify: write.hooks.notify,
    wake: (subject) => nudge.wake(subject), identify: () => engine.identify(),
    terminate: (subject, reason) => engine.terminate(subject, reason), alert: alertOf(db, write),
  })
  relay.start()
  return () => relay.stop()
}

/**
 * The role of DATABASE_URL gets only what the application needs, if another role owns the tables.
 */
function applicationRole({ databaseUrl, migrationUrl }: Config): string | null {
  const user = (url: string): string => decodeURIComponent(new URL(url).username)
  if (!migrationUrl || user(migrationUrl) === user(databaseUrl!)) return null
  return user(databaseUrl!)
}

function refuseIncomplete(config: Config): void {
  const missing = [
    ...(config.databaseUrl ? [] : ['DATABASE_URL']),
    // The api unwraps secrets with it; worker and relay sign and check the heads of the log.
    ...(config.masterKey ? [] : ['GUILDHALL_MASTER_KEY']),
  ]
  if (missing.length) {
    throw new Error(`${missing.join(' and ')} must be set; npm start sets everything by itself`)
  }
}

async function start(): Promise<void> {
  const config = readConfig()
  refuseIncomplete(config)
  const parts = compose(config)
  const { log, db } = parts
  const report = await migrate(config.migrationUrl ?? config.databaseUrl!, applicationRole(config))
  if (report.migrations.length) log.info(report, 'the database is at this version')
  await refuseUnsafe((text) => db.rows('refuse unsafe', text, []))
  const stops: Stop[] = []
  let ready: Ready = { url: null, signIn: null, workspace: 'main' }
  if (config.roles.includes('api')) {
    const { stop, ...answer } = await startApi(parts)
    ready = answer
    stops.push(stop)
  }
  if (config.roles.includes('worker')) stops.push(startWorker(parts))
  if (config.roles.includes('relay')) stops.push(startRelay(parts))
  log.info({ ...ready, signIn: undefined }, 'ready')
  process.send?.({ ready: true, ...ready })
  stopOnSignals(parts, stops)
}

/** Drains for at most 10 s: no new requests, those under way finish, then everything closes. */
function stopOnSignals({ db, client, log }: Parts, stops: Stop[]): void {
  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(0), 10_000).unref()
    await Promise.allSettled(stops.map((one) => one()))
    await Promise.allSettled([db.end(), client.connection.close()])
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
  // Whoever started us is gone: nobody would ever stop us.
  process.on('disconnect', () => void stop('disconnect'))
}

if (import.meta.main) {
  start().catch((error: Error) => {
    process.send?.({ failed: error.message })
    console.error(error)
    process.exitCode = 1
    setTimeout(() => process.exit(1), 200)
  })
}
