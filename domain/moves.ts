/**
 * How a task moves: step by step towards a goal, stopping where a gate holds it. Every command,
 * every verdict and every expiry builds its decision with these few steps.
 * Source: domain rules §2 (pending, order of checks), architecture §2.
 */
import type { Actor } from './agents.ts'
import type { Decision, EventDraft, GateWrite, LeaseChange } from './decisions.ts'
import type { Gate } from './gates.ts'
import { closeGate, remindersOf, subjectOf } from './gates.ts'
import type { GatePolicy } from './policies.ts'
import { nextPolicy } from './policies.ts'
import { formatCredits } from './credits.ts'
import type { Settings } from './settings.ts'
import type { Approver, Outcome, Pending, Status, Task } from './tasks.ts'
import { isFinal, outcomesOf, plus } from './tasks.ts'
import { wakeBefore, wakeFor } from './wakes.ts'

/** What a task command reads in one snapshot before it decides. */
export type TaskFacts = {
  now: string
  epoch: number
  actor: Actor
  settings: Settings
  task: Task
  /** The open gate, if any. */
  gate: Gate | null
  policies: GatePolicy[]
  /** The actor is above the assignee in the reports_to chain. */
  manages_assignee: boolean
  /** The actor lost a lease on this task before. */
  former_holder: boolean
  /** How many tasks the actor has in progress. */
  claims: number
  /** An unused id, for a gate that opens. */
  fresh_id: string
}

type Principal = Pending['actor']
type Approval = { gate: string; approvers: Approver[] }

/** A task on its way: the row as it will be, and what must be written to get there. */
export class Draft {
  readonly task: Task
  readonly set: Record<string, unknown> = {}
  readonly events: EventDraft[] = []
  readonly gates: GateWrite[] = []
  lease: LeaseChange | undefined
  gate: Gate | null
  readonly facts: Omit<TaskFacts, 'manages_assignee' | 'former_holder' | 'claims'>

  constructor(facts: Draft['facts']) {
    this.facts = facts
    this.task = { ...facts.task }
    this.gate = facts.gate
  }

  change(columns: Partial<Task>): void {
    Object.assign(this.task, columns)
    Object.assign(this.set, columns)
  }

  /** Adds the one event of the task's next version. */
  event(type: string, data: Record<string, unknown>, severity?: EventDraft['severity']): void {
    this.change({ version: this.task.version + 1 })
    const { id, key } = this.task
    this.events.push({
      type, subject: { kind: 'task', id, key }, version: this.task.version, task_id: id, data,
      ...(severity ? { severity } : {}),
    })
  }

  /** Closes the open gate because something else happened to its subject. */
  overtake(): void {
    if (!this.gate) return
    const { write, event } = closeGate(
      this.gate, 'cancelled', this.facts.now, this.gate.version + 1, 'overtaken')
    this.gates.push(write)
    this.events.push(event)
    this.gate = null
    this.change({ pending: null })
  }
}

/** The lease a task's assignee holds from now on; none for people. */
export function takeLease(draft: Draft): void {
  const { assignee_id, assignee_kind, attempt } = draft.task
  if (assignee_kind !== 'agent' || !assignee_id) return
  draft.lease = {
    do: 'take', holder_id: assignee_id, attempt,
    expires_at: plus(draft.facts.now, draft.facts.settings.lease_seconds * 1000),
  }
}

export type MoveWords = {
  mover: Principal
  outcome?: Outcome | null
  output?: unknown
  reason?: string | null
  feedback?: string | null
  approval?: Approval | null
  /** The event's name where it is not the plain one (`task.claimed`). */
  type?: string
}

/** Applies one legal move that nothing holds. */
export function applyMove(draft: Draft, to: Status, words: MoveWords): void {
  const from = draft.task.status
  const { now } = draft.facts
  draft.change({ status: to, status_since: now, pending: null })
  if (words.output !== undefined) draft.change({ output: words.output })
  if (to === 'in_progress') {
    draft.change({ attempt: Math.max(draft.task.attempt, 1), block_reason: null })
    takeLease(draft)
  } else if (from === 'in_progress' && draft.task.lease) draft.lease = { do: 'clear' }
  if (from === 'review' && to === 'in_progress' && words.mover.id !== draft.task.assignee_id) {
    draft.change({
      rejections: draft.task.rejections + 1, feedback: words.feedback ?? words.reason ?? null,
    })
  }
  if (to === 'blocked') draft.change({ block_reason: words.reason ?? null })
  if (from === 'blocked') draft.change({ block_reason: null, expiries: 0 })
  if (isFinal(to)) {
    draft.change({ outcome: words.outcome ?? outcomesOf[to]![0]!, finished_at: now })
  }
  draft.event(words.type ?? 'task.transitioned', factsOfMove(draft, from, words))
}

/** The facts that consequences are derived from later; never read from the row again. */
function factsOfMove(draft: Draft, from: Status, { mover, approval }: MoveWords) {
  const { task } = draft
  const basics = {
    from, to: task.status, attempt: task.attempt, outcome: task.outcome,
    assignee: task.assignee, assignee_id: task.assignee_id, assignee_kind: task.assignee_kind,
    mover: mover.handle, mover_id: mover.id, mover_kind: mover.kind,
    ...(approval ? { gate: approval.gate, approvers: approval.approvers } : {}),
  }
  if (!isFinal(task.status)) return basics
  return {
    ...basics,
    creator: task.creator, creator_id: task.creator_id, creator_kind: task.creator_kind,
    fee_pct: task.creator_fee_pct, fee_mode: draft.facts.settings.fee_mode,
    reward: task.reward === null ? null : formatCredits(BigInt(task.reward)),
    escrow: formatCredits(BigInt(task.escrow)),
    rates: draft.facts.settings.rates,
  }
}

export type Intent = {
  goal: Status
  mover: Principal
  outcome?: Outcome | null
  output?: unknown
  reason?: string | null
  type?: string
}

/** Where the next step towards the goal leads: straight there, or by review on the way to done. */
const nextStep = (from: Status, goal: Status): Status =>
  goal === 'done' && from === 'in_progress' ? 'review' : goal

/**
 * Goes towards the goal until it is reached or a gate holds it. `passed`: policies that said yes.
 */
export function advance(
  draft: Draft, intent: Intent, passed: string[] = [],
): 'applied' | 'pending' {
  let approved = passed
  while (draft.task.status !== intent.goal) {
    const from = draft.task.status
    const to = nextStep(from, intent.goal)
    const policy = nextPolicy(draft.facts.policies, draft.task, from, to, approved)
    if (policy) {
      hold(draft, policy, { ...intent, to, passed: approved })
      return 'pending'
    }
    const last = to === intent.goal
    applyMove(draft, to, { ...intent, ...(last ? {} : { outcome: null }) })
    approved = []
  }
  return 'applied'
}

/** What is kept while a gate decides; `approvers` said yes at gates of this move before. */
type Held = Intent & { to: Status; passed: string[]; approvers?: Approver[] }

/** Opens the gate that this move needs and stores the move as pending. */
export function hold(
  draft: Draft, { id, policy }: GatePolicy, intent: Held,
): void {
  const { task, facts } = draft
  const { to, goal, mover, reason = null, outcome = null } = intent
  const gateId = facts.fresh_id
  draft.change({
    pending: {
      from: task.status, to, goal, step: intent.passed, attempt: task.attempt, outcome,
      output: intent.output === undefined ? null : intent.output, reason, actor: mover,
      approvers: intent.approvers ?? [],
    },
  })
  draft.event('task.held', {
    from: task.status, to, goal, attempt: task.attempt, gate: gateId,
    assignee: task.assignee, assignee_id: task.assignee_id, mover: mover.handle,
  })
  if (task.status === 'in_progress' && task.lease) draft.lease = { do: 'suspend' }
  const expires_at = plus(facts.now, policy.ttl_seconds * 1000)
  draft.gates.push({
    id: gateId,
    version: null,
    wake: wakeBefore(remindersOf({ policy, expires_at })[0] ?? expires_at, facts.now),
    set: {
      subject_kind: 'task', subject_id: task.id, subject_key: task.key, attempt: task.attempt,
      from: task.status, to, title: `${task.key} ${task.status} → ${to}: ${task.title}`,
      state: 'open', requested_by_id: mover.id, policy, policy_id: id, opened_at: facts.now,
      expires_at,
      evidence: {
        reason, outcome, assignee: task.assignee, attempt: task.attempt,
        rejections: task.rejections, priority: task.priority,
        reward: task.reward === null ? null : formatCredits(BigInt(task.reward)),
        task: `/api/v1/tasks/${task.key}`,
      },
      version: 1,
    },
  })
  draft.events.push({
    type: 'gate.opened', subject: subjectOf({ id: gateId }), version: 1, task_id: task.id,
    data: {
      from: task.status, to, attempt: task.attempt, task: task.key, requested_by: mover.handle,
      approvers: policy.approvers,
    },
  })
}

/** The finished decision; a command of the assignee also renews its lease. */
export function finish(draft: Draft, extra?: Record<string, unknown>): Decision {
  const { facts, task, lease, gates, events } = draft
  const changed = task.version > facts.task.version
  const wake = wakeFor({ events, lease, wakeAt: facts.task.wake_at, now: facts.now })
  return {
    ...(changed ? {
      task: {
        id: task.id, version: facts.task.version, set: draft.set, wake, settles: wake === 'idle',
      },
    } : {}),
    ...leasePart(lease, facts),
    ...runPart(draft),
    gates, events,
    ...(extra ? { extra } : {}),
  }
}

/** An agent begins with a task, or asks to: that it waits for an approval first counts, too. */
function runPart({ task, facts }: Draft): Pick<Decision, 'run'> {
  const before = facts.task
  const begins = before.status === 'todo' && !before.pending
    && (task.status === 'in_progress' || task.pending?.to === 'in_progress')
  if (!begins || task.assignee_kind !== 'agent') return {}
  return { run: { agent_id: task.assignee_id!, task_id: task.id, version: task.version } }
}

function leasePart(
  lease: LeaseChange | undefined, { task, actor, now, settings }: Draft['facts'],
): { lease?: LeaseChange } {
  if (lease) return { lease }
  if (!task.lease || task.lease.suspended || task.assignee_id !== actor.id) return {}
  const expires_at = plus(now, settings.lease_seconds * 1000)
  return { lease: { do: 'renew', holder_id: actor.id, expires_at } }
}

export const principalOf = ({ id, kind, handle }: Actor): Principal => ({ id, kind, handle })
