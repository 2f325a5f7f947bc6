/**
 * The one door for writes. A command reads facts, `domain/` decides, and the decision is committed
 * by one database function in one round trip; when someone wrote in between, it reads again.
 * Source: architecture §2, "The write".
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid'
import { decideAsk } from '../domain/asks.ts'
import { formatCredits } from '../domain/credits.ts'
import type {
  Decided, Decision, EventDraft, GateWrite, GroupDraft, PostingDraft, TaskWrite,
} from '../domain/decisions.ts'
import { formatUnit, unitWords } from '../domain/budgets.ts'
import type { Refusal } from '../domain/errors.ts'
import { isRefusal, refuse } from '../domain/errors.ts'
import type {
  Answer, BaseFacts, Command, Committed, Found, OverBudget, Replay,
} from '../db/commands.ts'
import { commitControl, readControlFacts } from '../db/commands.ts'
import type { CreditsResult, PostedRow } from '../db/credits.ts'
import type { Database } from '../db/database.ts'
import { StorageError } from '../db/errors.ts'
import { readAskFacts } from '../db/gates.ts'
import { instant } from '../db/rows.ts'
import { commitNext, commitTask } from '../db/tasks.ts'
import type { Subject } from '../db/settling.ts'
import type { CreditsWrite } from './ledger.ts'
import { Ledger } from './ledger.ts'

/** What a command left behind, or what it left behind the first time. */
export type Written = { answer: Answer; replayed: boolean }
export type WriteOutcome = Written | Refusal

/** Ids of the transfers it made, then of the hold it made or closed; the first as written. */
export type Moved = { made: string[]; replayed: boolean; posted: PostedRow | null }

export type WriteHooks = {
  /** Wakes workflows; coalesced, never awaited. */
  nudge: (subjects: Subject[]) => void
  /** Tells readers that a workspace has new events; coalesced. */
  notify: (workspace: string) => void
}

export type SubjectIds = { task_id?: string; gate_id?: string }

export type Step<Facts> = {
  read: () => Promise<Found<Facts>>
  decide: (facts: Facts) => Decided | null
  subject: (facts: Facts) => SubjectIds
  /** Looks again at who asks, with what the snapshot says; the credential may have been revoked. */
  recheck?: (facts: BaseFacts) => Promise<Refusal | null>
}

/** Who asks, and of which epoch that is. */
export type Caller = Pick<BaseFacts, 'epoch' | 'actor'>

export type CreditsStep<Facts extends Caller> = {
  /** As authentication knows it. */
  caller: Caller
  read: (caller: Caller) => Promise<Facts>
  recheck: (facts: Caller) => Promise<Refusal | null>
  decide: (facts: Facts) => GroupDraft | Refusal
}

/** Rows under so much contention that a write never gets through answer after this many turns. */
const MAX_TURNS = 40

export class Write {
  readonly db: Database
  readonly hooks: WriteHooks
  readonly #ledger: Ledger

  constructor(db: Database, hooks: WriteHooks) {
    this.db = db
    this.hooks = hooks
    this.#ledger = new Ledger(db)
  }

  /** One command about a task or its gate. Null: the clock was asked and nothing was due. */
  async task<Facts extends BaseFacts>(
    command: Command, step: Step<Facts>,
  ): Promise<WriteOutcome | null> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const found = await step.read()
      if ('replay' in found) return replayOf(command, found.replay)
      if ('missing' in found) return refuse('not_found', 'There is no such thing here')
      const refused = await step.recheck?.(found.facts)
      if (refused) return refused
      const decision = step.decide(found.facts)
      if (!decision || isRefusal(decision)) return decision
      const write = prepare(command, found.facts.epoch, decision, step.subject(found.facts))
      const done = await this.#send(command, [write], () =>
        commitTask(this.db, command.workspace, write))
      if (done.outcome === 'not_due') return null
      if (done.outcome === 'over_budget') return this.#overBudget(command, done, decision.run!)
      if (done.outcome !== 'stale') return this.#finish(command, done, [decision])
    }
    return tooBusy()
  }

  /** Takes the first of several prepared tasks that is still free; null when none is. */
  async next<Facts extends BaseFacts>(
    command: Command, facts: Facts, decisions: { decision: Decision; subject: SubjectIds }[],
  ): Promise<WriteOutcome | null> {
    const writes = decisions.map(({ decision, subject }) =>
      prepare(command, facts.epoch, decision, subject))
    for (let pass = 0; pass < 6; pass++) {
      const done = await this.#send(command, writes, () =>
        commitNext(this.db, command.workspace, writes))
      if (done.outcome === 'over_budget') {
        return this.#overBudget(command, done, { agent_id: command.actor.id!, task_id: null })
      }
      if (done.outcome !== 'stale' && done.outcome !== 'not_due') {
        return this.#finish(command, done, decisions.map(({ decision }) => decision))
      }
      // Only tasks that others hold locked right now are left: they may still let go.
      if (done.outcome === 'not_due' || !done.busy) return null
      await sleep(10)
    }
    return null
  }

  /** One change of who may do what. */
  async control<Facts extends BaseFacts>(
    command: Command, step: Omit<Step<Facts>, 'decide' | 'subject'>
      & { decide: (facts: Facts) => Promise<ControlWrite | Refusal> },
  ): Promise<WriteOutcome> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const found = await step.read()
      if ('replay' in found) return replayOf(command, found.replay)
      if ('missing' in found) return refuse('not_found', 'There is no such thing here')
      const refused = await step.recheck?.(found.facts)
      if (refused) return refused
      const decided = await step.decide(found.facts)
      if (isRefusal(decided)) return decided
      const { events, ...rest } = decided
      const write = {
        ...header(command, found.facts.epoch), ...rest, events: events.map(draftOf),
      }
      const done = await this.#send(command, [write], () =>
        commitControl(this.db, command.workspace, write))
      if (done.outcome === 'not_due' || done.outcome === 'over_budget') {
        throw new Error('control writes know no deadlines and no budgets')
      }
      if (done.outcome !== 'stale') return this.#finish(command, done, [])
    }
    return tooBusy()
  }

  /**
   * One movement of credits that no task waits for: spent, held, settled, given. Decided at first
   * on what authentication read; when something changed since then, on facts that are read anew.
   */
  async credits<Facts extends Caller>(
    command: Command, step: CreditsStep<Facts>,
  ): Promise<Moved | Refusal> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const facts = await step.read(turn === 0 ? step.caller : await this.#caller(command))
      const refused = await step.recheck(facts)
      if (refused) return refused
      const group = step.decide(facts)
      if (isRefusal(group)) return group
      const { actor: { id, kind, handle }, reason, request_hash: hash } = command
      const write: CreditsWrite = {
        epoch: facts.epoch, actor: { id: id!, kind: kind as 'agent', handle, reason },
        group: { ...group, request_hash: group.request_hash ?? hash ?? '', remember: true },
      }
      const result = await this.#send(command, [], () =>
        this.#ledger.post(command.workspace, write) ?? Promise.resolve(null))
      if (result === null) return tooBusy()
      if (result.outcome === 'stale') continue
      if (result.outcome === 'posted') this.hooks.notify(command.workspace)
      return result.outcome === 'over_budget'
        ? this.#overBudget(command, result, group.spender!) : movedOf(result)
    }
    return tooBusy()
  }

  /** A budget has no room: refused, or held at a gate whose approval lets the next try through. */
  async #overBudget(
    command: Command, shortage: OverBudget, { agent_id: agent, task_id: task }: Asker,
  ): Promise<Refusal> {
    if (shortage.action !== 'gate') return overBudget(shortage, null)
    const { budget, needed } = shortage
    const subject = uuidv5(`${agent}/${needed}`, budget)
    let gate = ''
    await this.task({ ...command, operation: 'gate.ask', key: null, request_hash: null }, {
      read: async () =>
        ({ facts: await readAskFacts(this.db, command, { budget, agent, task, subject }) }),
      decide: (facts) => {
        gate = facts.open ?? facts.fresh_id
        return decideAsk(facts, subject, { ...shortage, resets_at: instant(shortage.resets_at) },
          command)
      },
      subject: () => ({ gate_id: gate }),
    })
    return overBudget(shortage, gate)
  }

  async #caller(command: Command): Promise<Caller> {
    const found = await readControlFacts(this.db, { ...command, fresh: true })
    if (!('facts' in found)) throw new Error('a fresh key was used before')
    return found.facts
  }

  /**
   * Sends a write. A lost connection leaves doubt, and the key resolves it: the same write again
   * either finds its own answer or happens now. A running twin is waited for, 2 s in all.
   */
  async #send<Done>(
    command: Command, writes: { fresh: boolean }[], commit: () => Promise<Done>,
  ): Promise<Done> {
    const until = Date.now() + 2000
    for (let turn = 0; ; turn++) {
      try {
        return await commit()
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        const again = error.failure === 'key_busy'
          || (error.failure === 'unknown' && command.key !== null)
        // What may have been committed once stays in doubt, whatever the retries say.
        if (!again && turn === 0) throw error
        if (Date.now() > until) throw new StorageError('unknown', error)
        // From now on the key may have been used: by us.
        for (const one of [command, ...writes]) one.fresh = false
        await sleep(100)
      }
    }
  }

  #finish(
    command: Command, done: Exclude<Committed, { outcome: 'stale' | 'not_due' | 'over_budget' }>,
    decisions: Decision[],
  ): WriteOutcome {
    if (done.outcome === 'replay') return replayOf(command, done)
    this.hooks.notify(command.workspace)
    if (done.outcome === 'insufficient') return insufficient(done.answer)
    const touched = decisions.length > 1
      ? decisions.filter(({ task }) => task?.id === done.answer.task?.id) : decisions
    const key = done.answer.task?.key as string | undefined
    this.hooks.nudge(touched.flatMap((decision) => subjectsOf(command.workspace, decision, key)))
    return { answer: done.answer, replayed: false }
  }
}

/** Rows of a change under the exclusive control lock; see db/functions/commit_control.sql. */
export type ControlWrite = {
  insert?: Record<string, object[]>
  update?: Record<string, object[] | object>
  events: EventDraft[]
  image: Record<string, unknown>
}

const tooBusy = (): Refusal => refuse('storage_unavailable',
  'Too many writers on the same thing; nothing was changed', { retry_after: 1 })

const keyUsed = (at: string): Refusal =>
  refuse('idempotency_conflict', 'This key was used for another request', {
    first_seen_at: instant(at),
  }, 'Use a new key for a new request; repeat the exact request to get its first answer.')

/** The first answer again, if the request is the same; see contract §1. */
export function replayOf(command: Command, replay: Replay): WriteOutcome {
  if (replay.request_hash !== command.request_hash) {
    return keyUsed(replay.at)
  }
  if (replay.answer.refused) return insufficient(replay.answer)
  return { answer: replay.answer, replayed: true }
}

const insufficient = ({ refused }: Answer): Refusal => lacking(refused!)

function lacking(refused: { available: string; needed: string }): Refusal {
  const available = formatCredits(BigInt(refused.available))
  const needed = formatCredits(BigInt(refused.needed))
  return refuse('insufficient_credits',
    `${needed} credits are needed, ${available} are there`,
    { available, needed, budget: null, resets_at: null })
}

/** What a movement made (transfers, then the hold), or what the ledger says against it. */
function movedOf(
  result: Exclude<CreditsResult, { outcome: 'stale' | 'over_budget' }>,
): Moved | Refusal {
  switch (result.outcome) {
    case 'posted':
      return { made: result.transfers, replayed: false, posted: result.rows[0] ?? null }
    case 'replay': return { made: result.transfers, replayed: true, posted: null }
    case 'insufficient': return lacking(result)
    case 'conflict': return keyUsed(result.at)
    case 'done_before': return refuse('duplicate', 'This was done before; nothing was moved')
    case 'closed': return refuse('hold_closed', `This hold is ${result.state}`, {
      hold: result.hold, state: result.state,
    })
  }
}

/** Who spends, and what for. */
type Asker = { agent_id: string; task_id: string | null }

/** `gate`: where it was asked for; null = there is nothing to wait for. */
function overBudget(shortage: OverBudget, gate: string | null): Refusal {
  const { unit, budget, resets_at } = shortage
  const available = formatUnit(unit, BigInt(shortage.available))
  const needed = formatUnit(unit, BigInt(shortage.needed))
  const detail = `${needed} ${unitWords[unit]} are needed, a budget has ${available} left`
  const fields = { available, needed, budget, resets_at: instant(resets_at) }
  if (gate === null) return refuse('budget_exceeded', detail, fields)
  return refuse('gate_required', `${detail}: an approval was asked for`,
    { gate, url: `/api/v1/gates/${gate}`, ...fields },
    'Wait until the gate is approved, then send the same request again; its key is not used up.')
}

const header = (
  { actor, reason, operation, key, fresh, request_hash }: Command, epoch: number,
) => ({ epoch, operation, key, fresh, request_hash, actor: { ...actor, reason } })

type Prepared = Record<string, unknown> & { fresh: boolean }

const withGate = (task: TaskWrite, gate_id: string | null): TaskWrite =>
  ({ ...task, set: { ...task.set, gate_id } })

/** The gate that holds the task after these writes; undefined where they say nothing of it. */
function openGateOf(gates: GateWrite[] = []): string | null | undefined {
  const opened = gates.find(({ version }) => version === null)
  if (opened) return opened.id
  return gates.some(({ set }) => set.state !== undefined) ? null : undefined
}

/** A decision as the database function takes it. */
function prepare(
  command: Command, epoch: number, decision: Decision, subject: SubjectIds,
): Prepared {
  const {
    task, lease, gates, policies, claims, run, grants, postings = [], events, extra,
  } = decision
  const drafts = events.map(draftOf)
  const trigger = drafts[0]?.id
  const gate = openGateOf(gates)
  return {
    ...header(command, epoch), subject, events: drafts,
    ...(task ? { task: gate === undefined ? task : withGate(task, gate) } : {}),
    ...(lease ? { lease } : {}),
    ...(gates?.length ? { gates } : {}),
    ...(policies?.length ? { policies } : {}),
    ...(claims ? { claims } : {}),
    ...(run ? { run } : {}),
    ...(grants ? { grants } : {}),
    ...(extra ? { extra } : {}),
    ...(postings.length ? {
      postings: [groupOf(postings, { trigger, hash: command.request_hash ?? '' })],
    } : {}),
  }
}

/** Postings of one decision are written all or none. */
function groupOf(
  postings: PostingDraft[], { trigger, hash }: { trigger: string | undefined; hash: string },
): object {
  const items = postings.map((posting) => ({ ...posting, trigger_event_id: trigger ?? null }))
  return { key: postings[0]!.key, request_hash: hash, items }
}

export function draftOf({ type, severity, subject, version, task_id, data }: EventDraft) {
  return {
    id: uuidv7(), type, severity, subject_kind: subject.kind, subject_id: subject.id,
    subject_key: subject.key, subject_version: version, task_id, data,
  }
}

/** Whose workflows have to look again. */
function subjectsOf(
  workspace: string, { task, gates = [] }: Decision, key: string | undefined,
): Subject[] {
  const common = { workspace, ...(key ? { key } : {}) }
  return [
    ...(task ? [{ kind: 'task' as const, id: task.id, wake: task.wake, ...common }] : []),
    ...gates.map(({ id, wake = 'soon' }) => ({ kind: 'gate' as const, id, wake, ...common })),
  ]
}
