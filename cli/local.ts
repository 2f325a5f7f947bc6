/**
 * Verbs of this machine. What needs the server's own code runs as a process of its own, found by
 * its path: the command line itself depends on none of it.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import { bridge } from './bridge.ts'
import { connect } from './connect.ts'
import type { Io } from './io.ts'

type Local = {
  summary: string
  /** Help promises only what there is. */
  isThere: () => boolean
  run: (argv: string[], io: Io) => Promise<number>
}

const checkout = resolve(import.meta.dirname, '..')

/** `up` → ops/up.ts. */
function script(name: string, summary: string): Local {
  const file = join(checkout, 'ops', `${name}.ts`)
  return {
    summary, isThere: () => existsSync(file),
    run: (argv, io) => runProcess(process.execPath, [file, ...argv], io),
  }
}

const demo: Local = {
  summary: 'a small project from start to end, with real agents',
  isThere: () => 'demo' in JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')).scripts,
  run: (argv, io) => runProcess('npm', ['run', '--silent', 'demo', '--', ...argv], io),
}

const built = (summary: string, run: Local['run']): Local => ({ summary, isThere: () => true, run })

export const localVerbs: Record<string, Local> = {
  up: script('up', 'start everything (the same as npm start)'),
  doctor: script('doctor', 'look at the engines and say what to do'),
  reconcile: script('reconcile', 'compare every open row with its workflow'),
  backup: script('backup', 'write everything into a folder'),
  restore: script('restore', 'bring a backup back'),
  ledger: script('ledger', 'the books as a file that proves itself: export, verify, archive, key'),
  login: script('login', 'a fresh sign-in link'),
  demo,
  connect: built('how to connect agents: lines to copy', connect),
  mcp: built('MCP by stdio, for clients that start a command', bridge),
}

/** Other names for operations. */
export const aliases: Record<string, string> = {
  'audit verify': 'event verify', 'ledger verify': 'credits verify',
}

function runProcess(command: string, argv: string[], { env }: Io): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(command, argv, { cwd: checkout, env: { ...env }, stdio: 'inherit' })
    const passOn = (signal: NodeJS.Signals): void => { child.kill(signal) }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    for (const signal of signals) process.on(signal, passOn)
    child.on('error', fail)
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, passOn)
      done(code ?? 128 + constants.signals[signal!])
    })
  })
}
