/**
 * Keeps a worker running: an engine that is away is waited for, a worker that fails is replaced.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { Worker } from '@temporalio/worker'
import type { Activities } from '../activities/index.ts'
import { ensureSchedules } from './schedules.ts'
import { createWorker, installRuntime, workflowBundle } from './worker.ts'

export type WorkerLoopOptions = {
  address: string | null
  namespace: string
  taskQueue: string
  /** Where the workflow bundle is kept between starts. */
  cacheFolder: string
  client: Client
  activities: Activities
  log: {
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
  }
}

const AGAIN_MS = 1000

export class WorkerLoop {
  readonly #options: WorkerLoopOptions
  readonly #stopping = new AbortController()
  #worker: Worker | null = null
  #running: Promise<void> | null = null

  constructor(options: WorkerLoopOptions) {
    this.#options = options
  }

  start(): void {
    installRuntime(this.#options.log)
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#worker?.getState() === 'RUNNING') this.#worker.shutdown()
    await this.#running
  }

  async #run(): Promise<void> {
    const { cacheFolder, client, taskQueue, log } = this.#options
    const bundlePath = await workflowBundle(cacheFolder)
    while (!this.#stopping.signal.aborted) {
      try {
        await ensureSchedules(client, taskQueue)
        const worker = await createWorker({ ...this.#options, bundlePath })
        this.#worker = worker
        log.info({ taskQueue }, 'the worker runs')
        if (!this.#stopping.signal.aborted) await worker.run()
      } catch (error) {
        log.warn({ err: error }, 'the worker stopped; it starts again')
      }
      this.#worker = null
      await sleep(AGAIN_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }
}
