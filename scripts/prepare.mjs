/**
 * Makes node_modules current before anything else runs: `npm start` and `npm test` work from a bare
 * clone. Plain JavaScript without dependencies, because it runs on whatever Node (20 or newer) the
 * machine has, before our own Node 24 is there.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const checkout = resolve(import.meta.dirname, '..')
const modules = join(checkout, 'node_modules')
const stampFile = join(modules, '.guildhall-stamp')
const windows = process.platform === 'win32'

/** Our own Node 24, once the packages are there. */
export const nodeBinary = windows
  ? join(modules, 'node', 'bin', 'node.exe')
  : join(modules, '.bin', 'node')

/**
 * Installs what is missing and says so; silent when nothing is to do.
 * Exits the process with code 1, and words about what to do, when it cannot.
 */
export async function prepare() {
  const wanted = fingerprint()
  if (read(stampFile) === wanted && existsSync(nodeBinary)) return
  const release = await takeTurn('installing')
  try {
    if (read(stampFile) === wanted && existsSync(nodeBinary)) return
    if (!isInstalled()) await install()
    await checkNode()
    writeFileSync(stampFile, wanted)
  } finally {
    release()
  }
}

/** One line that changes when another install is needed: other packages or another machine. */
function fingerprint() {
  const lock = readFileSync(join(checkout, 'package-lock.json'))
  const hash = createHash('sha256').update(lock).digest('hex')
  return `${hash} ${process.platform}-${process.arch}`
}

/**
 * Whether npm itself has already installed exactly these packages (someone ran `npm install`):
 * then installing again would only cost a minute. npm writes its record last, so half an install
 * has none.
 */
function isInstalled() {
  const installed = read(join(modules, '.package-lock.json'))
  if (!installed) return false
  const wanted = JSON.parse(read(join(checkout, 'package-lock.json'))).packages
  const present = JSON.parse(installed).packages
  return Object.entries(wanted).every(([path, { version, optional, peer }]) =>
    path === '' || (present[path] ? present[path].version === version : optional || peer))
    && Object.keys(present).every((path) => wanted[path])
}

/**
 * A machine with NODE_ENV=production would else be left without the development packages, and our
 * own Node is one of them.
 */
const quietly = ['--include=dev', '--include=optional', '--no-progress', '--loglevel=error']

async function install() {
  const firstTime = !existsSync(modules)
  say(`Installing the packages${firstTime ? ' (first start, about a minute)' : ''} …`)
  let outcome = await npm(['ci', ...quietly])
  // The lock file lags behind package.json, or lists no packages for this kind of machine.
  if (outcome.text.includes('EUSAGE')) outcome = await npm(['install', '--no-save', ...quietly])
  if (outcome.code !== 0) {
    fail(`The packages could not be installed (npm ended with ${outcome.code}):`, outcome.text,
      'Check that this machine reaches its npm registry (npm ping), then run the command again.')
  }
  say(`Installed the packages in ${outcome.seconds} s.`)
}

/** npm may have been told to skip install scripts; then our Node is fetched by `npm rebuild`. */
async function checkNode() {
  if (nodeVersion()?.startsWith('v24.')) return
  say('Fetching Node 24 …')
  const outcome = await npm(['rebuild', 'node', '--foreground-scripts', '--loglevel=error'])
  const version = nodeVersion()
  if (version?.startsWith('v24.')) return
  fail(`Guildhall needs its own Node 24 in ${nodeBinary}, and found ${version ?? 'none'}.`,
    outcome.text, 'Remove the folder node_modules and run the command again.')
}

function nodeVersion() {
  if (!existsSync(nodeBinary)) return null
  return spawnSync(nodeBinary, ['--version'], { encoding: 'utf8' }).stdout?.trim() || null
}

/** Runs npm, keeps all it says for the case that it fails, and tells the time meanwhile. */
async function npm(args) {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  const child = spawn('npm', args, {
    cwd: checkout, env: installEnvironment(), shell: windows, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => { text += chunk })
  child.stderr.on('data', (chunk) => { text += chunk })
  const ticking = setInterval(() => say(`  … still installing, ${seconds()} s`), 10_000)
  const code = await new Promise((done) => {
    child.on('error', (error) => { text += error.message; done(127) })
    child.on('close', (exitCode, signal) => done(exitCode ?? signal))
  })
  clearInterval(ticking)
  return { code, text, seconds: seconds() }
}

/**
 * Without our own node_modules/.bin on the path: npm would run on the very Node that it removes.
 * SCARF_ANALYTICS: a dependency of a dependency reports installs to its maker.
 */
function installEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter)
    .filter((folder) => !folder.startsWith(modules)).join(delimiter)
  return { ...process.env, PATH: path, SCARF_ANALYTICS: 'false' }
}

/**
 * Two commands started at once must not do the same work over each other: installing in a bare
 * clone, building the page. Answers what ends the turn.
 */
export async function takeTurn(work) {
  const lockFolder = join(checkout, '.cache', work)
  mkdirSync(join(checkout, '.cache'), { recursive: true })
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lockFolder)
      writeFileSync(join(lockFolder, 'pid'), String(process.pid))
      const release = () => rmSync(lockFolder, { recursive: true, force: true })
      process.once('exit', release)
      return release
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number(read(join(lockFolder, 'pid')))
    if (waited > 4 && !isAlive(holder)) rmSync(lockFolder, { recursive: true, force: true })
    else if (waited === 4) say(`Waiting for process ${holder}, which is ${work} …`)
    await sleep(250)
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

/** To stderr: what a command prints on stdout belongs to the command. */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(...paragraphs) {
  say(paragraphs.filter(Boolean).map((text) => text.trim()).join('\n\n'))
  process.exit(1)
}

if (process.argv[1] === import.meta.filename) await prepare()
