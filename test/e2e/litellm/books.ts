/** What Guildhall has of the calls: the charges themselves, its tasks, its books. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { parseUsd } from '../../../domain/usage.ts'
import { TestClient } from '../../harness/client.ts'
import type { Targets } from '../../faults/chaos/targets.ts'
import type { Called } from './proxy.ts'

export type Charge = { id: string; agent: string; task: string | null; source: string; micros: number | null; transfers: number }
/** A call, and what should come of it; `micros` null: a model without a price. */
export type Expected = { about: string; called: Called; agent: string; task: string | null; micros: number | null }

export const agents = ['builder', 'scout', 'warden'] as const

export class Books {
  readonly owner: TestClient
  readonly #database: pg.Pool

  constructor({ url, engines }: Targets) {
    this.owner = new TestClient(url, engines.token)
    this.#database = new pg.Pool({ connectionString: engines.postgres.ownerUrl, max: 1 })
    // Ended early, it is cut off: then nobody asks it any more.
    this.#database.on('error', () => undefined)
  }
  close = (): Promise<void> => this.#database.end()

  async hire(): Promise<void> {
    for (const handle of agents) await this.owner.do('agent.register', { handle, level: 3 })
  }
  newTask = async (title: string): Promise<string> =>
    (await this.owner.do('task.create', { title, status: 'todo', assignee: 'builder' })).key
  costOf = async (task: string): Promise<number> => Number(parseUsd((await this.owner.do('task.get', { id: task })).cost_usd))

  /** Every charge that there is. */
  async charges(): Promise<Charge[]> {
    const { rows } = await this.#database.query<Charge>(
      `select c.call_id as id, a.handle as agent, t.key as task, c.source, c.usd_micros::int as micros,
         (select count(*)::int from transfers x where x.kind = 'model' and x.idempotency_key = c.call_id) as transfers
       from charges c join actors a on a.id = c.agent_id left join tasks t on t.id = c.task_id`)
    return rows
  }

  /** Waits until these calls are charged; answers those that are not in time. */
  async missing(calls: Called[], seconds = 30): Promise<string[]> {
    const until = Date.now() + seconds * 1000
    for (;;) {
      const known = new Set((await this.charges()).map(({ id }) => id))
      const missing = calls.map(({ id }) => id).filter((id) => !known.has(id))
      if (!missing.length || Date.now() > until) return missing
      await sleep(250)
    }
  }

  /** What of the expected is not so, in words. */
  async faults(expected: Expected[]): Promise<string[]> {
    const charges = new Map((await this.charges()).map((one) => [one.id, one]))
    return expected.flatMap(({ about, called, agent, task, micros }) => {
      const found = charges.get(called.id)
      if (called.status !== 200 || !found) return [`${about}: answered ${called.status}, ${called.id || 'no id'} is not charged`]
      const is = [found.agent, found.task, found.micros, found.source, found.transfers]
      const should = [agent, task, micros, micros === null ? 'unpriced' : 'reported', micros === null ? 0 : 1]
      return String(is) === String(should) ? [] : [`${about}: [${is}] instead of [${should}]`]
    })
  }

  /** What does not add up: the proof's own checks, and each agent's dollars next to its charges. */
  async unbalanced(): Promise<string[]> {
    const proof = await this.owner.do('credits.verify')
    const charges = await this.charges()
    const wrong = proof.ok ? [] : [JSON.stringify(proof.checks)]
    for (const agent of agents) {
      const { usd_spent: spent } = await this.owner.do('credits.balance', { agent })
      const sum = charges.filter((one) => one.agent === agent).reduce((total, { micros }) => total + (micros ?? 0), 0)
      if (Number(parseUsd(spent)) !== sum) wrong.push(`${agent} spent ${spent}, its charges are ${sum / 1e6}`)
    }
    return wrong
  }
}
