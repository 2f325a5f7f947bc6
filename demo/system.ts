/** Where the demo runs: on the system that is running here, or on one it starts for itself. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config.ts'

export type System = {
  url: string
  token: string
  temporalUi: string | null
  stop: () => Promise<void>
}

const tokenIn = (home: string): string =>
  readFileSync(join(home, 'secrets', 'owner.token'), 'utf8').trim()

/** The running one, if it answers and its owner's token is readable; null otherwise. */
async function findRunning(): Promise<System | null> {
  const { home, host, port, publicUrl } = readConfig()
  const url = publicUrl ?? `http://${host}:${port}`
  try {
    const token = tokenIn(home)
    const who = await fetch(`${url}/api/v1/agents/whoami`, {
      headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(2000),
    })
    return who.ok ? { url, token, temporalUi: null, stop: async () => undefined } : null
  } catch {
    return null
  }
}

type Announcement = { url: string; temporal_ui: string | null }

/** A fresh one in a home of its own, gone afterwards. */
async function startOwn(): Promise<System> {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-demo-'))
  const up = join(import.meta.dirname, '..', 'ops', 'up.ts')
  const child = spawn(process.execPath, [up, '--json'], {
    env: { ...process.env, GUILDHALL_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { url, temporal_ui: temporalUi } = await new Promise<Announcement>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString()
      const line = text.split('\n').find((one) => one.startsWith('{'))
      if (line) resolve(JSON.parse(line) as Announcement)
    })
    child.once('exit', (code) => reject(new Error(`guildhall up ended with ${code}`)))
  })
  return {
    url, token: tokenIn(home), temporalUi,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

export async function findSystem(say: (text: string) => void): Promise<System> {
  const running = await findRunning()
  if (running) {
    say(`Using the Guildhall that runs at ${running.url}.`)
    return running
  }
  say('No Guildhall runs here: starting one for the demo …')
  return startOwn()
}
