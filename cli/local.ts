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
import type { Io } from './run.ts'

type Local = { summary: string; run: (argv: string[], io: Io) => Promise<number> }

const checkout = resolve(import.meta.dirname, '..')

/** `up` → ops/up.ts. */
const script = (name: string, summary: string): Local => ({
  summary,
  run: async (argv, io) => {
    const file = join(checkout, 'ops', `${name}.ts`)
    if (existsSync(file)) return runProcess(process.execPath, [file, ...argv], io)
    io.err(`${name} is not part of this version.\n`)
    return 2
  },
})

const demo: Local = {
  summary: 'a small project from start to end, with real agents',
  run: async (argv, io) => {
    const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
    if (scripts.demo) return runProcess('npm', ['run', '--silent', 'demo', '--', ...argv], io)
    io.err('demo is not part of this version.\n')
    return 2
  },
}

export const localVerbs: Record<string, Local> = {
  up: script('up', 'start everything (the same as npm start)'),
  doctor: script('doctor', 'look at the engines and say what to do'),
  reconcile: script('reconcile', 'compare every open row with its workflow'),
  backup: script('backup', 'write everything into a folder'),
  restore: script('restore', 'bring a backup back'),
  login: script('login', 'a fresh sign-in link'),
  demo,
  connect: { summary: 'how to connect agents: lines to copy', run: connect },
  mcp: { summary: 'MCP by stdio, for clients that start a command', run: bridge },
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
