/**
 * One engine for everything that needs a yes: who may vote, when the votes decide, what waits.
 * Source: domain rules §3.
 */
import type { Actor } from './agents.ts'
import type { EventDraft, GateWrite } from './decisions.ts'
import type { Refusal } from './errors.ts'
import { refuse } from './errors.ts'
import type { Policy } from './policies.ts'
import { approversInWords, isApprover } from './policies.ts'
import type { Status } from './tasks.ts'
import { plus } from './tasks.ts'

export const gateStates = ['open', 'approved', 'denied', 'expired', 'cancelled'] as const
export type GateState = (typeof gateStates)[number]
export const verdicts = ['approve', 'deny', 'abstain'] as const
export type Verdict = (typeof verdicts)[number]

export type Vote = {
  by_id: string
  by: string
  by_kind: string
  verdict: Verdict
  comment: string | null
  at: string
  on_behalf_of: string | null
}

export type Gate = {
  id: string
  /** What it holds: a move of a task, or a spend that a budget has no room for. */
  subject_kind: 'task' | 'spend'
  subject_id: string
  /** The task's key, or the handle of who spends. */
  subject_key: string
  /** Of a task's move; null for a spend. */
  attempt: number | null
  from: Status | null
  to: Status | null
  title: string
  state: GateState
  requested_by_id: string
  requested_by: string
  policy: Policy
  policy_id: string
  evidence: Record<string, unknown>
  opened_at: string
  expires_at: string
  decided_at: string | null
  decision_comment: string | null
  /** How often the approvers were reminded, and whether the expiry went up once already. */
  reminded: number
  escalated: boolean
  version: number
  settled_version: number
  votes: Vote[]
}

/** How a gate ends, and what is said with it. */
export type Ending = { state: Exclude<GateState, 'open'>; comment: string | null }

/** How the voter stands to the gate, from the hierarchy. */
export type Standing = {
  managed_by_requester: boolean
  is_assignee: boolean
  managed_by_assignee: boolean
}

/** Which rows a write about a gate is about: the gate, and the task it holds. */
export const rowsOf = (
  { id, subject_kind: kind, subject_id: subject }: Gate,
): { gate_id: string; task_id?: string } =>
  ({ gate_id: id, ...(kind === 'task' ? { task_id: subject } : {}) })

export const subjectOf = (gate: Pick<Gate, 'id'>) =>
  ({ kind: 'gate' as const, id: gate.id, key: null })

/** Whether this actor may vote here now; null when it may. */
export function refuseVoter(
  gate: Gate, actor: Actor, standing: Standing, now: string,
): Refusal | null {
  if (gate.state !== 'open') {
    return refuse('gate_closed', `The gate is ${gate.state}`, {
      gate: gate.id, state: gate.state, decided_at: gate.decided_at,
    })
  }
  if (now >= gate.expires_at) {
    return refuse('gate_closed', `The gate expired at ${gate.expires_at}`, {
      gate: gate.id, state: 'expired', decided_at: gate.expires_at,
    })
  }
  if (actor.id === gate.requested_by_id || standing.managed_by_requester) {
    return refuse('self_approval', `${gate.requested_by} asked for this; neither they nor anyone `
      + 'they manage votes on it', { gate: gate.id, requested_by: gate.requested_by })
  }
  if (gate.policy.four_eyes && (standing.is_assignee || standing.managed_by_assignee)) {
    return refuse('self_approval', 'Four eyes: whoever did the work has no vote on it', {
      gate: gate.id, requested_by: gate.requested_by,
    })
  }
  if (!isApprover(gate.policy.approvers, actor)) {
    return refuse('forbidden', `This gate asks ${approversInWords(gate.policy.approvers)}`, {
      required: { approvers: gate.policy.approvers },
    })
  }
  if (gate.votes.some((vote) => vote.by_id === actor.id)) {
    return refuse('duplicate', `${actor.handle} has voted already`, {
      gate: gate.id, by: actor.handle,
    })
  }
  return null
}

/** What the votes amount to; null while they decide nothing yet. */
export function tally(
  policy: Policy, votes: Pick<Vote, 'verdict'>[],
): 'approved' | 'denied' | null {
  const count = (verdict: Verdict) => votes.filter((vote) => vote.verdict === verdict).length
  if (count('deny') >= (policy.deny === 'first' ? 1 : policy.quorum)) return 'denied'
  return count('approve') >= policy.quorum ? 'approved' : null
}

/** The write that closes an open gate, with its event; `version` is the gate's version after it. */
export function closeGate(
  gate: Gate, state: Exclude<GateState, 'open'>, now: string, version: number,
  comment: string | null,
): { write: GateWrite; event: EventDraft } {
  return {
    write: {
      id: gate.id,
      version: gate.version,
      set: { state, decided_at: now, decision_comment: comment, version },
    },
    event: {
      type: `gate.${state}`,
      subject: subjectOf(gate),
      version,
      ...inWords(gate, { requested_by: gate.requested_by, comment }),
    },
  }
}

/** What an event of a gate says of its subject. */
export function inWords(
  { subject_kind, subject_id, subject_key, from, to, attempt, evidence }: Gate,
  more: Record<string, unknown>,
): Pick<EventDraft, 'task_id' | 'data'> {
  if (subject_kind === 'task') {
    return { task_id: subject_id, data: { from, to, attempt, task: subject_key, ...more } }
  }
  const { budget, unit, needed } = evidence
  return { data: { agent: subject_key, budget, unit, needed, ...more } }
}

/** The instants at which the approvers are reminded. */
export const remindersOf = (gate: Pick<Gate, 'policy' | 'expires_at'>): string[] =>
  gate.policy.reminders.map((part) =>
    plus(gate.expires_at, Math.round((part - 1) * gate.policy.ttl_seconds * 1000))).sort()

/** The next instant at which this gate needs attention; null when it is closed. */
export function gateDeadline(gate: Gate): string | null {
  if (gate.state !== 'open') return null
  return remindersOf(gate)[gate.reminded] ?? gate.expires_at
}
