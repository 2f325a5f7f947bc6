/**
 * The home: one folder with everything an instance keeps between starts. Only one instance works in
 * it at a time, and only its owner reads its secrets.
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { identify, isRunning, type ProcessIdentity } from './processes.ts'

/** What stands behind a lock on a home; `release` gives it back and may be called twice. */
export type HomeLock = { release(): void }

/** Thrown by `lockHome` when another instance works in this home. */
export class HomeInUse extends Error {
  readonly pid: number

  constructor(home: string, pid: number) {
    super(`The home ${home} is in use by process ${pid}. `
      + 'Stop that one, or set GUILDHALL_HOME to another folder.')
    this.pid = pid
  }
}

/**
 * Makes the home and its folders. Closed to others (mode 700), unless we are root: then the
 * embedded Postgres runs as another user who must be able to pass (711); secrets are mode 600.
 */
export function makeHome(home: string): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  mkdirSync(home, { recursive: true, mode })
  chmodSync(home, mode)
  for (const folder of ['secrets', 'logs']) {
    mkdirSync(join(home, folder), { recursive: true, mode: 0o700 })
  }
}

/**
 * Takes the home for this process. A lock whose process has ended, or whose number now belongs to
 * another process, is taken over.
 * @throws HomeInUse naming the home and the process that holds it.
 */
export function lockHome(home: string): HomeLock {
  const lock = join(home, 'lock')
  const own = `${JSON.stringify(identify(process.pid))}\n`
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, own, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (link(draft, lock)) return { release: () => releaseLock(lock, own) }
      const holder = readJson<ProcessIdentity>(lock)
      if (holder && isRunning(holder)) throw new HomeInUse(home, holder.pid)
      removeStale(lock, holder)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  throw new Error(`The lock ${lock} cannot be taken. Remove it if no instance works in this home.`)
}

/** The process that works in this home now; null when none does. */
export function lockHolder(home: string): ProcessIdentity | null {
  const holder = readJson<ProcessIdentity>(join(home, 'lock'))
  return holder && isRunning(holder) ? holder : null
}

/** A text that only this home's owner reads, made at first use. */
export function secret(home: string, name: string, make: () => string): string {
  const file = join(home, 'secrets', name)
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  makeHome(home)
  writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}

/** The key that wraps secrets in the database: 32 bytes in base64. The one given wins. */
export function masterKey(home: string, given: string | null): string {
  return given ?? secret(home, 'master.key', () => randomBytes(32).toString('base64'))
}

/**
 * The owner's bearer token: the one given at the first start, or made then. Later starts keep it,
 * whatever is given (the owner changes it by the API).
 */
export function ownerToken(home: string, given: string | null): string {
  return secret(home, 'owner.token', () => given ?? `gh_${randomBytes(32).toString('base64url')}`)
}

/** What a part of this instance remembers between starts, as JSON; null when nothing. */
export function recall<T>(home: string, name: string): T | null {
  return readJson<T>(join(home, `${name}.json`))
}

/** Replaces what `recall` answers, in one step: a crash leaves the old or the new. */
export function remember(home: string, name: string, value: unknown): void {
  const file = join(home, `${name}.json`)
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function link(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Moves the stale lock aside. Of two that find it stale, the slower may move the faster one's new
 * lock: what was moved is compared, and put back if it is alive.
 */
function removeStale(lock: string, stale: ProcessIdentity | null): void {
  const aside = `${lock}.stale.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readJson<ProcessIdentity>(aside)
  if (moved && moved.pid !== stale?.pid && isRunning(moved)) link(aside, lock)
  rmSync(aside, { force: true })
}

function releaseLock(lock: string, own: string): void {
  if (existsSync(lock) && readFileSync(lock, 'utf8') === own) rmSync(lock, { force: true })
}

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return null
  }
}
