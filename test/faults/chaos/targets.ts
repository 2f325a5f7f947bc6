/** What chaos kills, each process by itself, and how it comes back. */
import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { endChild, startEngines, startProcess } from '../../../bench/system.ts'
import type { Engines } from '../../../bench/system.ts'
import { quietPort } from '../../../ops/ports.ts'
import { startPostgres } from '../../../ops/postgres.ts'
import { startTemporal } from '../../../ops/temporal.ts'

export type TargetName = 'api' | 'worker' | 'relay' | 'temporal' | 'postgres'
export type Targets = {
  url: string
  engines: Engines
  /** kill −9, at once. */
  kill: (name: TargetName) => Promise<void>
  start: (name: TargetName) => Promise<void>
  stop: () => Promise<void>
}

const log = (): void => undefined

export async function startTargets(): Promise<Targets> {
  const engines = await startEngines()
  const port = await quietPort(null)
  const environment = { ...engines.environment, PORT: String(port) }
  const children: Partial<Record<TargetName, ChildProcess>> = {}
  const startRole = async (role: 'api' | 'worker' | 'relay'): Promise<void> => {
    // A process whose database is away says so and ends; its supervisor starts it again.
    for (let tries = 0; ; tries++) {
      try {
        children[role] = (await startProcess(environment, role)).child
        return
      } catch (error) {
        if (tries > 60) throw error
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    }
  }
  for (const role of ['api', 'worker', 'relay'] as const) await startRole(role)
  const { home } = engines
  return {
    url: `http://127.0.0.1:${port}`, engines,
    kill: async (name) => {
      if (name === 'postgres' || name === 'temporal') {
        const engine = engines[name]
        process.kill(engine.pid, 'SIGKILL')
        await engine.ended
        return
      }
      const child = children[name]!
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
    start: async (name) => {
      if (name === 'postgres') {
        engines.postgres = await startPostgres({ home, log, port: engines.postgres.port })
      } else if (name === 'temporal') {
        engines.temporal = await startTemporal({ home, log, port: engines.temporal.port })
      } else await startRole(name)
    },
    stop: async () => {
      await Promise.all(Object.values(children).map(endChild))
      await Promise.all([engines.postgres.stop(), engines.temporal.stop()])
      rmSync(home, { recursive: true, force: true })
    },
  }
}
