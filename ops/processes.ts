/** Processes of this machine: who is who across restarts, and how to end one for certain. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A process that can be found again: the number alone is used again by others, so it goes with the
 * instant the process started (in the system's own notation; null where the system does not tell).
 */
export type ProcessIdentity = { pid: number; startedAt: string | null }

/** The identity of a process that runs now; null when there is none with this number. */
export function identify(pid: number): ProcessIdentity | null {
  return isAlive(pid) ? { pid, startedAt: startOf(pid) } : null
}

/** Whether this very process still runs, and not another one under its number. */
export function isRunning(known: ProcessIdentity): boolean {
  const found = identify(known.pid)
  if (!found) return false
  return known.startedAt === null || found.startedAt === null || found.startedAt === known.startedAt
}

/**
 * Sends the signal, waits up to `graceMs` for the end and then kills for certain.
 * Answers whether it ended by itself.
 */
export async function endProcess(
  target: ProcessIdentity, signal: NodeJS.Signals, graceMs: number,
): Promise<boolean> {
  send(target, signal)
  if (await hasEnded(target, graceMs)) return true
  send(target, 'SIGKILL')
  await hasEnded(target, 5_000)
  return false
}

/**
 * Lets a process of ours end when we do, however we end: a shell beside it waits on a pipe that
 * only we hold open. Without it a killed test or instance would leave its engines running.
 */
export function endWithUs(child: ChildProcess, signal: 'INT' | 'TERM'): void {
  if (process.platform === 'win32' || !child.pid) return
  const guard = spawn('sh', ['-c', `read -r never; kill -s ${signal} ${child.pid}`], {
    detached: true, stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => undefined)
  guard.unref()
  // A socket, though the types do not say so; else it would keep us running.
  const pipe = guard.stdin as unknown as Socket
  pipe.on('error', () => undefined)
  pipe.unref()
  child.once('exit', () => guard.kill('SIGKILL'))
}

/** Waits up to `waitMs` until the process is gone; answers whether it is. */
export async function hasEnded(target: ProcessIdentity, waitMs: number): Promise<boolean> {
  for (const until = Date.now() + waitMs; ;) {
    if (!isRunning(target)) return true
    if (Date.now() >= until) return false
    await sleep(20)
  }
}

function send(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(target)) return
  try {
    process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return stateOf(pid) !== 'Z'
}

/** A process that has ended but was not yet collected by its parent counts as gone: state Z. */
function stateOf(pid: number): string | null {
  return statOf(pid)?.[0] ?? null
}

function startOf(pid: number): string | null {
  if (process.platform === 'linux') return statOf(pid)?.[19] ?? null
  if (process.platform === 'win32') return null
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}

/** The fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets. */
function statOf(pid: number): string[] | null {
  if (process.platform !== 'linux') return null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
