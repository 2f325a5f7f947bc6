/**
 * Clients under chaos: whole lives and spending, each command with a key of its own that is retried
 * until its outcome is known. They write down what was acknowledged; the checks look for it.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Caller } from '../../../bench/caller.ts'
import type { Team } from '../../../bench/scenarios.ts'

/** One acknowledged command: what must be in the log under its key, and how often. */
export type Acknowledged = { key: string; operation: string; task: string | null; events: number }

export type Diary = {
  acknowledged: Acknowledged[]
  /** Answers that neither a fault nor a race explains. */
  surprises: string[]
  /** How often a command had to be sent again, by what it was answered. */
  retries: Record<string, number>
  slowestMs: number
  /** When a command last succeeded. */
  lastSuccessAt: number
}

export const newDiary = (): Diary =>
  ({ acknowledged: [], surprises: [], retries: {}, slowestMs: 0, lastSuccessAt: Date.now() })

/** Whether the outcome is still open: then the same key is sent again. */
const isOpen = ({ status, body }: Answer): boolean =>
  status === 503 || status === 504 || status === 429 || status === 500
  || (status === 401 && String(body.code).startsWith('signature_'))

export type Command = { operation: string; input: Record<string, unknown>; events: number }

export class Client {
  readonly #caller: Caller
  readonly #diary: Diary
  readonly #stopping: AbortSignal
  #count = 0
  readonly #name: string

  constructor(name: string, caller: Caller, diary: Diary, stopping: AbortSignal) {
    this.#name = name
    this.#caller = caller
    this.#diary = diary
    this.#stopping = stopping
  }

  /** Sends a command until its outcome is known; null when there was no time left for that. */
  async send({ operation, input, events }: Command): Promise<Answer | null> {
    const key = `chaos-${this.#name}-${++this.#count}`
    const began = Date.now()
    for (;;) {
      const answer = await this.#caller.call(operation, { ...input, reason: key }, key).catch(() => null)
      if (answer && !isOpen(answer)) {
        this.#note(answer, { operation, key, events }, Date.now() - began)
        await sleep(Math.random() * THINK_MS * 2)
        return answer
      }
      const why = answer ? String(answer.body.code ?? answer.status) : 'no answer'
      this.#diary.retries[why] = (this.#diary.retries[why] ?? 0) + 1
      // What was sent must be resolved, also after the end: for another minute.
      if (this.#stopping.aborted && Date.now() - began > 60_000) return null
      await sleep(100 + Math.random() * 200)
    }
  }

  #note(answer: Answer, sent: { operation: string; key: string; events: number }, took: number): void {
    const diary = this.#diary
    diary.slowestMs = Math.max(diary.slowestMs, took)
    if (answer.status >= 400) return
    diary.lastSuccessAt = Date.now()
    const { task } = answer.body as { task?: { id: string } }
    const id = sent.operation === 'task.create' ? String(answer.body.id) : task?.id ?? null
    diary.acknowledged.push({ ...sent, task: id })
  }
}

/**
 * Between two commands of a client. Eight that never pause make more lives than two cores settle;
 * then back-pressure stops new work, rightly, and a kill's recovery could not be told from that.
 */
const THINK_MS = 60

/** Lives and money until told to stop. Losing a lease or the credits is part of life. */
export async function live(
  team: Team, index: number, diary: Diary, stopping: AbortSignal,
): Promise<void> {
  const worker = new Client(`worker-${index}`, team.workers[index]!, diary, stopping)
  const lead = new Client(`lead-${index}`, team.lead, diary, stopping)
  while (!stopping.aborted) {
    const created = await lead.send({
      operation: 'task.create', input: { title: 'Chaos', status: 'todo' }, events: 1,
    })
    const id = created?.body.id as string | undefined
    if (!created || created.status >= 400) continue
    const steps: [Client, string, Record<string, unknown>, number][] = [
      [worker, 'task.claim', {}, 1],
      [worker, 'task.transition', { to: 'review' }, 1],
      [lead, 'task.transition', { to: 'done' }, 1],
    ]
    for (const [who, operation, fields, events] of steps) {
      const answer = await who.send({ operation, input: { id, ...fields }, events })
      if (!answer) return
      if (answer.status < 400) continue
      diary.surprises.push(`${operation} answered ${answer.status} ${answer.body.code}`)
      break
    }
    const spent = await worker.send({
      operation: 'credits.spend', input: { amount: '1' }, events: 1,
    })
    note(diary, 'spend', spent)
    await useMoney(worker, `worker-${(index + 1) % team.workers.length}`, diary)
  }
}

/** What chance may bring: no money, no room in a budget, a hold that ended meanwhile. */
const expected = ['insufficient_credits', 'budget_exceeded', 'hold_closed']

function note(diary: Diary, what: string, answer: Answer | null): void {
  if (!answer || answer.status < 400 || expected.includes(answer.body.code ?? '')) return
  diary.surprises.push(`${what} answered ${answer.status} ${answer.body.code}`)
}

/** Sets credits aside and settles, releases or forgets them; pays for a model, gives some away. */
async function useMoney(worker: Client, sibling: string, diary: Diary): Promise<void> {
  const held = await worker.send({
    operation: 'credits.hold', events: 1,
    input: { amount: '2', ttl_seconds: 2 + Math.floor(Math.random() * 20), tokens: 100 },
  })
  note(diary, 'hold', held)
  const hold = held && held.status < 400 ? held.body.id : null
  const turn = Math.random()
  if (hold && turn < 0.5) {
    note(diary, 'settle', await worker.send({
      operation: 'credits.settle', input: { hold, amount: turn < 0.25 ? '1.25' : '2' }, events: 1,
    }))
  } else if (hold && turn < 0.75) {
    note(diary, 'release', await worker.send({
      operation: 'credits.release', input: { hold }, events: 1,
    }))
  }
  const callId = `chaos-call-${randomUUID()}`
  note(diary, 'charge', await worker.send({
    operation: 'credits.charge', events: 1,
    input: {
      call_id: callId, model: 'gpt-4o-mini', tokens: { input: 10, output: 10 }, cost_usd: '0.001',
    },
  }))
  note(diary, 'transfer', await worker.send({
    operation: 'credits.transfer', input: { to: sibling, amount: '0.5' }, events: 1,
  }))
}
