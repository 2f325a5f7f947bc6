/** Our own processes: main.ts on Node, told by environment what to do, heard by messages. */
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { lastLines, logFile, openLog } from './logs.ts'
import { endProcess, identify } from './processes.ts'
import type { Running } from './keeping.ts'

/** What a process says when it serves; url and sign-in link come from the api only. */
export type Ready = {
  ready: true
  url?: string | null
  workspace?: string | null
  signIn?: string | null
}
type Message = Ready | { failed: string }

export type Child = Running & { answer: Ready }

export type ChildOptions = {
  home: string
  /** Of its log. */
  name: string
  script: string
  environment: Record<string, string>
  /** Gives the start up: the process is stopped. */
  signal: AbortSignal
}

/** Longer a draining process may not take: containers get 10 s before they are killed. */
const drainMs = 10_000
const readyMs = 180_000

/**
 * Starts the script and resolves when it says `{ ready: true }`.
 * @throws Error in its own words (`{ failed }`), or with the last lines of its log.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { home, name, script, environment, signal } = options
  const output = openLog(home, name)
  // In a session of its own: Ctrl-C in the terminal must reach us alone, so that we say in which
  // order things end. If we are killed, the closed channel tells it to go.
  const child = spawn(process.execPath, [script], {
    detached: true, stdio: ['ignore', output, output, 'ipc'],
    env: { ...process.env, ...environment },
  })
  closeSync(output)
  const identity = identify(child.pid ?? 0) ?? { pid: child.pid ?? 0, startedAt: null }
  const ended = new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('exit', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`))
  })
  const stop = async () => { await endProcess(identity, 'SIGTERM', drainMs) }
  const answer = await new Promise<Ready | string>((done) => {
    child.on('message', (message: Message) => done('ready' in message ? message : message.failed))
    void ended.then((words) => done(`it ended with ${words}:\n${lastLines(logFile(home, name))}`))
    signal.addEventListener('abort', () => done('it was told to stop'), { once: true })
    setTimeout(() => done(`it was not ready within ${readyMs / 1000} s`), readyMs).unref()
  })
  if (typeof answer !== 'string') return { pid: identity.pid, ended, stop, answer }
  await stop()
  throw new Error(answer)
}
