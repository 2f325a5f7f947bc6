/**
 * `npm start` and `guildhall up`: one instance in one home. Starts the engines that are not given,
 * then our own processes, keeps all of them running, and stops all of them when told.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig, type Config, type Role } from '../config.ts'
import { startChild, type Child, type Ready } from './children.ts'
import { providePostgres, provideTemporal, type EngineOptions } from './engines.ts'
import { lockHome, makeHome, masterKey, ownerToken, recall, remember } from './home.ts'
import { keepRunning, type Kept, type Running } from './keeping.ts'
import { logFile } from './logs.ts'
import { isPortFree, nextFreePort } from './ports.ts'
import { endProcess, identify, type ProcessIdentity } from './processes.ts'
import { step } from './progress.ts'
import { listenForStop, Stopped, type StopListener } from './stopping.ts'

export type UpOptions = {
  config: Config
  /** One JSON line instead of words on stdout. */
  json?: boolean
  /** What our own processes run; another one in tests only. */
  script?: string
}

/** What the readiness line says, as `--json` prints it. */
export type Announcement = {
  url: string | null
  workspace: string | null
  temporal_ui: string | null
  sign_in: string | null
}

/** Which roles share a process, and what it is called. */
const processes: readonly { name: string; roles: readonly Role[] }[] = [
  { name: 'api', roles: ['api'] },
  { name: 'worker', roles: ['worker', 'relay'] },
]

/**
 * Runs until told to stop; answers the exit code: 0 after a stop, 1 when it could not start (the
 * reason stands on stderr).
 */
export async function up(options: UpOptions): Promise<number> {
  const kept: Kept<Running>[] = []
  const stop = listenForStop(() => killAll(kept))
  let release = () => undefined as void
  try {
    const { config } = options
    makeHome(config.home)
    release = lockHome(config.home).release
    await endLeftovers(config.home)
    await start(options, kept, stop)
    await stop.asked
    say(options)('Stopping …')
    return 0
  } catch (error) {
    if (error instanceof Stopped) return 0
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  } finally {
    await stopAll(kept)
    release()
    stop.end()
  }
}

async function start(options: UpOptions, kept: Kept<Running>[], stop: StopListener): Promise<void> {
  const { config } = options
  const tell = say(options)
  const isAsked = (role: Role) => config.roles.includes(role)
  const port = await choosePort(config, tell)
  const changed = () => rememberProcesses(config.home, kept)
  const engine: EngineOptions = { config, say: tell, changed, keep: (one) => kept.push(one) }
  const [database, temporal] = await stop.unless(Promise.all([
    step('Starting Postgres', tell, () => providePostgres(engine)),
    step('Starting Temporal', tell, () => provideTemporal(engine)),
  ]))
  const environment = {
    ...database, ...temporal, ...ownSettings(config), ...port !== null && { PORT: String(port) },
  }
  const answers = await stop.unless(Promise.all(processes
    .map(({ name, roles }) => ({ name, roles: roles.filter(isAsked) }))
    .filter(({ roles }) => roles.length > 0)
    .map(({ name, roles }) => step(`Starting ${roles.join(' and ')}`, tell, () =>
      keepChild({ options, kept, changed, name, roles, environment })))))
  announce(options, answers, temporal.TEMPORAL_UI_URL)
}

function ownSettings(config: Config): Record<string, string> {
  return {
    GUILDHALL_HOME: config.home,
    GUILDHALL_MASTER_KEY: masterKey(config.home, config.masterKey),
    GUILDHALL_OWNER_TOKEN: ownerToken(config.home, config.ownerToken),
    TEMPORAL_NAMESPACE: config.temporalNamespace,
    HOST: config.host,
  }
}

type KeepChild = {
  options: UpOptions; kept: Kept<Running>[]; changed: () => void
  name: string; roles: Role[]; environment: Record<string, string>
}

/** Worker threads take their preloads from NODE_OPTIONS; see temporal/fast-worker.mjs. */
function threadOptions({ fastWorker }: Config, roles: Role[]): Record<string, string> {
  if (!fastWorker || !roles.includes('worker')) return {}
  return { NODE_OPTIONS: `--import=${new URL('../temporal/fast-worker.mjs', import.meta.url)}` }
}

async function keepChild(given: KeepChild): Promise<Ready> {
  const { options, kept, changed, name, roles, environment } = given
  const { config: { home }, script = join(import.meta.dirname, '..', 'main.ts') } = options
  const child = keepRunning<Child>({
    name, title: `The ${name} process`, say: say(options), changed, logFile: logFile(home, name),
    start: (_last, signal) => startChild({
      home, name, script, signal,
      environment: {
        ...environment, GUILDHALL_ROLES: roles.join(','), ...threadOptions(options.config, roles),
      },
    }),
  })
  kept.push(child)
  return (await child.started).answer
}

/** Null when no api runs here. Only an unasked-for port may give way. */
async function choosePort(config: Config, tell: (text: string) => void): Promise<number | null> {
  const { host, port, portIsFixed, roles } = config
  if (!roles.includes('api')) return null
  if (port !== 0 && await isPortFree(port, host)) return port
  if (port !== 0 && portIsFixed) {
    throw new Error(`Port ${port} on ${host} is in use, and PORT asks for it. `
      + 'Stop what listens there, or set PORT to another one.')
  }
  const chosen = await nextFreePort(port === 0 ? 4400 : port + 1, { host })
  if (port !== 0) tell(`Port ${port} is in use; taking ${chosen} instead.`)
  return chosen
}

function announce(options: UpOptions, answers: Ready[], temporalUi: string): void {
  const api = answers.find(({ url }) => url)
  const announcement: Announcement = {
    url: api?.url ?? null,
    workspace: answers.find(({ workspace }) => workspace)?.workspace ?? null,
    temporal_ui: temporalUi || null,
    sign_in: api?.signIn ?? null,
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(announcement)}\n`)
    return
  }
  const { url, sign_in: signIn } = announcement
  process.stdout.write([
    `Guildhall is ready: ${url ?? options.config.roles.join(' and ')}`,
    ...signIn ? [`Sign in (once, within 10 minutes): ${signIn}`] : [],
    ...temporalUi ? [`Temporal UI: ${temporalUi}`] : [],
    '',
  ].join('\n'))
}

/** Words go to stdout, unless that carries JSON. */
function say({ json }: UpOptions): (text: string) => void {
  return (text) => (json ? process.stderr : process.stdout).write(`${text}\n`)
}

/** Ours first and together, then what they stand on. */
async function stopAll(kept: Kept<Running>[]): Promise<void> {
  const isEngine = ({ name }: Kept<Running>) => ['postgres', 'temporal'].includes(name)
  await Promise.all(kept.filter((one) => !isEngine(one)).map((one) => one.stop()))
  await Promise.all(kept.filter(isEngine).map((one) => one.stop()))
}

/** Someone insists: nothing is lost by it, everything that matters is committed. */
function killAll(kept: Kept<Running>[]): void {
  process.stderr.write('Stopping at once.\n')
  for (const pid of kept.map((one) => one.pid())) {
    if (pid !== null && identify(pid)) process.kill(pid, 'SIGKILL')
  }
  process.exit(1)
}

type Remembered = Record<string, ProcessIdentity | null>

/** `processes.json` in the home says who is who: for people, tests and the next start. */
function rememberProcesses(home: string, kept: Kept<Running>[]): void {
  const known = kept.map((one) => [one.name, identify(one.pid() ?? 0)] as const)
  remember(home, 'processes', Object.fromEntries(known) satisfies Remembered)
}

/** Processes of ours whose instance was killed end by themselves; this makes sure. */
async function endLeftovers(home: string): Promise<void> {
  const known = recall<Remembered>(home, 'processes') ?? {}
  await Promise.all(Object.entries(known)
    .filter(([name]) => processes.some((one) => one.name === name))
    .map(([, identity]) => identity && endProcess(identity, 'SIGTERM', 5_000)))
}

if (import.meta.main) {
  // A reader that goes away (`npm start | head`) must not end us.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
    process.exitCode = await up({ config: readConfig(), json: values.json })
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
