/**
 * The elected process: re-sends nudges for what stays unsettled. One is active, the others stand
 * by; the election is an advisory lock that its connection holds, so a dead relay lets go.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { forgetAnswers, forgetNonces } from '../db/credentials.ts'
import { Election } from '../db/election.ts'
import type { Overdue, Subject } from '../db/settling.ts'
import { countRead, takeNeedsWake } from '../db/settling.ts'
import { Pace } from './pace.ts'
import { Proving } from './proving.ts'
import type { ProvingOptions } from './proving.ts'
import { Rebuild } from './rebuild.ts'

export type RelayOptions = ProvingOptions & {
  wake: (subject: Subject) => Promise<void>
  terminate: (subject: Subject, reason: string) => Promise<void>
  /** The identifier of the engine's namespace; throws while the engine is away. */
  identify: () => Promise<string>
  /** Writes an alert event: a run made no progress and was started again. */
  alert: (row: Overdue) => Promise<void>
  log: {
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
  }
}

const SWEEP_MS = 1000
/** Taken and sent at once: what an engine that goes away in between can back off. */
const AT_ONCE = 16
/** A run that made no progress for so many nudges is ended and started anew. */
const HOPELESS = 10
const HOUSEKEEPING_MS = 60_000

export class Relay {
  readonly #options: RelayOptions
  readonly #stopping = new AbortController()
  readonly #rebuild: Rebuild
  readonly #proving: Proving
  #running: Promise<void> | null = null
  readonly #pace = new Pace()
  /** The rows of the last sweep. */
  #sent: Overdue[] = []
  #housekeptAt = 0
  #failing = false
  active = false

  constructor(options: RelayOptions) {
    this.#options = options
    this.#rebuild = new Rebuild(options)
    this.#proving = new Proving(options)
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#rebuild.stop()
    await this.#proving.stop()
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#serve()
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the relay lost its connection; it stands again')
        this.active = false
      }
      await this.#pause(SWEEP_MS)
    }
  }

  /** Stands for election on its own connection and, once elected, sweeps until that breaks. */
  async #serve(): Promise<void> {
    const { db, log } = this.#options
    const election = await Election.open(db.url, 'relay')
    try {
      while (!this.#stopping.signal.aborted) {
        const elected = await election.holds()
        if (elected && !this.active) log.info({}, 'this relay is active')
        this.active = elected
        if (elected) {
          this.#proving.check()
          await this.#try(() => this.#sweep())
        }
        await this.#pause(SWEEP_MS)
      }
    } finally {
      await election.close()
    }
  }

  async #sweep(): Promise<void> {
    const { db, identify } = this.#options
    // Rows are backed off as they are taken: not while nobody would hear of them.
    await this.#rebuild.check(await identify())
    const pace = this.#pace.next({
      sent: this.#sent.length, read: await countRead(db, this.#sent),
    })
    this.#sent = []
    while (this.#sent.length < pace) {
      const rows = await takeNeedsWake(db, Math.min(AT_ONCE, pace - this.#sent.length))
      // The first engine error ends the sweep: what is left comes with the next.
      await Promise.all(rows.map((row) => this.#resend(row)))
      this.#sent.push(...rows)
      if (rows.length < AT_ONCE) break
    }
    if (Date.now() - this.#housekeptAt > HOUSEKEEPING_MS) {
      this.#housekeptAt = Date.now()
      await forgetNonces(db)
      await forgetAnswers(db)
    }
  }

  /** A sweep that fails is tried again in a second; the office is kept. */
  async #try(sweep: () => Promise<void>): Promise<void> {
    try {
      await sweep()
      this.#failing = false
    } catch (error) {
      if (!this.#failing) {
        this.#options.log.warn({ err: error }, 'the engine or the database is away')
      }
      this.#failing = true
    }
  }

  async #resend(row: Overdue): Promise<void> {
    const { wake, terminate, alert } = this.#options
    const { kind, workspace_id: workspace, id, key } = row
    const subject: Subject = { kind, workspace, id, key }
    if (row.nudges >= HOPELESS && row.nudges % HOPELESS === 0) {
      await terminate(subject, `no progress after ${row.nudges} nudges`)
      await alert(row)
    }
    await wake(subject)
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
