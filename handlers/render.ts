/** Rows as callers see them: the shapes of operations/, pure. Source: contract §5. */
import { bandOf } from '../domain/agents.ts'
import { formatCredits } from '../domain/credits.ts'
import type { Gate } from '../domain/gates.ts'
import type { Pending } from '../domain/tasks.ts'
import { waitingOf } from '../domain/waiting.ts'
import type { AgentRow } from '../db/agents.ts'
import type { Answer } from '../db/commands.ts'
import type { TransferRow } from '../db/credits.ts'
import type { EventRow } from '../db/events.ts'
import type { PolicyRow } from '../db/gates.ts'
import { gateRow, taskRow } from '../db/rows.ts'
import type { TaskRow } from '../db/rows.ts'
import type { ParkedRow } from '../db/tasks.ts'
import type { WorkstreamRow } from '../db/workstreams.ts'
import type { Engine } from './context.ts'

const credits = (micros: string | null): string | null =>
  micros === null ? null : formatCredits(BigInt(micros))

const pendingOf = ({ approvers: _inside, actor, ...pending }: Pending) =>
  ({ ...pending, actor: actor.handle })

export function taskOf(row: TaskRow, engine: Engine, parked: ParkedRow[] = []) {
  const { pending } = row
  return {
    id: row.id, key: row.key, title: row.title, description: row.description, status: row.status,
    outcome: row.outcome, priority: row.priority, tags: row.tags,
    required_capabilities: row.required_capabilities, min_trust: row.min_trust,
    assignee: row.assignee, creator: row.creator, parent: row.parent, workstream: row.workstream,
    due_at: row.due_at, estimate: row.estimate, reward: credits(row.reward), input: row.input,
    output: row.output, attempt: row.attempt, rejections: row.rejections, feedback: row.feedback,
    lease_expires_at: row.lease && !row.lease.suspended ? row.lease.expires_at : null,
    blocked_by: [], block_reason: row.block_reason, gate: row.gate_id,
    waiting: waitingOf(row, row.glance, parked),
    pending: pending && pendingOf(pending),
    version: row.version, settled_at: row.settled_at, created_at: row.created_at,
    updated_at: row.updated_at, finished_at: row.finished_at,
    cost_usd: row.cost_usd_micros == null ? null : credits(row.cost_usd_micros),
    workflow_url: engine.workflowUrl(`task/${row.id}`),
  }
}

export function gateOf(gate: Gate) {
  return {
    id: gate.id,
    subject: {
      kind: gate.subject_kind, id: gate.subject_id, key: gate.subject_key, from: gate.from,
      to: gate.to,
    },
    title: gate.title, state: gate.state, requested_by: gate.requested_by, policy: gate.policy,
    votes: gate.votes.map(({ by, verdict, comment, at, on_behalf_of }) =>
      ({ by, verdict, comment, at, on_behalf_of })),
    evidence: gate.evidence, created_at: gate.opened_at, expires_at: gate.expires_at,
    decided_at: gate.decided_at, decision_comment: gate.decision_comment, version: gate.version,
  }
}

/** The task and gate of a stored answer. */
export const answeredTask = ({ task }: Answer): TaskRow => taskRow({ ...task! })
export const answeredGate = ({ gate }: Answer): Gate | null => (gate ? gateRow({ ...gate }) : null)

/** How long a caller should wait before it asks about a pending move again. */
const POLL_AFTER_MS = 1000

export function movedOf(answer: Answer, engine: Engine) {
  const gate = answeredGate(answer)
  const pending = answer.extra?.result === 'pending'
  return {
    result: pending ? 'pending' : 'applied',
    task: taskOf(answeredTask(answer), engine),
    gate: gate && gateOf(gate),
    url: pending && gate ? `/api/v1/gates/${gate.id}` : null,
    poll_after_ms: pending ? POLL_AFTER_MS : null,
  }
}

export function policyOf({ id, task, match, policy, created_at }: PolicyRow) {
  return { id, scope: { workspace: task === null ? true : null, task }, match, policy, created_at }
}

export function agentOf(row: AgentRow) {
  return {
    id: row.id, handle: row.handle, name: row.name, role: row.role, mode: row.mode,
    level: row.level, model: row.model, capabilities: row.capabilities,
    reports_to: row.reports_to, management_fee_pct: row.management_fee_pct, trust: row.trust,
    band: row.trust === null ? null : bandOf(row.trust), status: row.status,
    open_tasks: row.open_tasks, last_seen_at: row.last_seen_at, created_at: row.created_at,
    version: row.version,
  }
}

export function workstreamOf(row: WorkstreamRow) {
  const { id, name, description, priority, status, created_by, progress, version } = row
  const { created_at, updated_at } = row
  return {
    id, name, description, priority, status, created_by, progress, version, created_at, updated_at,
  }
}

export function eventOf(row: EventRow) {
  return {
    id: row.id, seq: row.seq, stream: row.stream, type: row.type, severity: row.severity,
    actor: { kind: row.actor_kind, id: row.actor_id, handle: row.actor_handle },
    on_behalf_of: row.on_behalf_of,
    subject: { kind: row.subject_kind, id: row.subject_id, key: row.subject_key },
    reason: row.reason, data: row.data_json, trigger_event: row.trigger_event_id,
    occurred_at: row.occurred_at, hash: row.hash, previous_hash: row.previous_hash,
  }
}

/** `viewpoint`: whose balance is meant where a transfer has two agents. */
export function transferOf(row: TransferRow, viewpoint?: string) {
  const after = viewpoint === row.to_id ? row.to_after
    : viewpoint === row.from_id ? row.from_after : row.balance_after
  return {
    id: row.id, kind: row.kind, amount: credits(row.amount), from: row.from, to: row.to,
    agent: row.agent, task: row.task, hold: row.hold, reverses: row.reverses, actor: row.actor,
    trigger_event: row.trigger_event, reason: row.reason, idempotency_key: row.idempotency_key,
    balance_after: credits(after), created_at: row.created_at,
  }
}
