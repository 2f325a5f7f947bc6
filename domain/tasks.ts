/**
 * What a task is and which moves are legal. The table is the law: handlers, the settling, the
 * page and the reference all read it. Source: domain rules §2.
 */
import type { RequiredCapability } from './agents.ts'
import type { Refusal } from './errors.ts'
import { refuse } from './errors.ts'

export const statuses = [
  'backlog', 'todo', 'in_progress', 'review', 'done', 'blocked', 'cancelled',
] as const
export type Status = (typeof statuses)[number]

/** The 14 legal moves, by where they start. No self-loops; done and cancelled are final. */
export const moves: Record<Status, readonly Status[]> = {
  backlog: ['todo', 'cancelled'],
  todo: ['in_progress', 'blocked', 'cancelled'],
  in_progress: ['review', 'blocked', 'cancelled'],
  review: ['done', 'in_progress', 'cancelled'],
  blocked: ['todo', 'in_progress', 'cancelled'],
  done: [],
  cancelled: [],
}

export const priorities = ['urgent', 'high', 'normal', 'low'] as const
export type Priority = (typeof priorities)[number]
export const outcomes = ['completed', 'completed_with_issues', 'failed', 'abandoned'] as const
export type Outcome = (typeof outcomes)[number]

/** The outcomes that a final status can carry, the default first. */
export const outcomesOf: Partial<Record<Status, readonly Outcome[]>> = {
  done: ['completed', 'completed_with_issues'],
  cancelled: ['abandoned', 'failed'],
}

/** Who said yes to a move, and at which of its gates. */
export type Approver = { id: string; handle: string; kind: string; gate: string }

/** A move that a gate holds, as stored on the task. */
export type Pending = {
  from: Status
  /** The move that waits. */
  to: Status
  /** Where the caller wanted to end: `complete` asks for review on its way to done. */
  goal: Status
  /** The ids of the gate policies that have said yes to this move already. */
  step: string[]
  attempt: number
  outcome: Outcome | null
  output: unknown
  reason: string | null
  /** Who asked; it counts as the mover when the gate says yes. */
  actor: { id: string; kind: string; handle: string }
  /** Who said yes to this move so far, where it has several gates one after the other. */
  approvers: Approver[]
}

/** A task as its row is read, with the handles of the people in it. Micro-credits as text. */
export type Task = {
  id: string
  key: string
  title: string
  description: string
  status: Status
  outcome: Outcome | null
  priority: Priority
  tags: string[]
  required_capabilities: RequiredCapability[]
  min_trust: number | null
  assignee_id: string | null
  assignee: string | null
  assignee_kind: string | null
  creator_id: string
  creator: string
  creator_kind: string
  creator_fee_pct: number
  parent: string | null
  workstream_id: string | null
  /** Its name. */
  workstream: string | null
  due_at: string | null
  estimate: number | null
  /** Micro-credits as text; null = the workspace's rate. */
  reward: string | null
  /** What of the reward is held in escrow from the creator; micro-credits as text. */
  escrow: string
  input: unknown
  output: unknown
  attempt: number
  /** Leases that ran out in a row; the third (⚙) blocks the task. */
  expiries: number
  /** Ids of agents whose leases on it ran out. */
  lost_by: string[]
  rejections: number
  feedback: string | null
  block_reason: string | null
  pending: Pending | null
  version: number
  settled_version: number
  wake_at: string | null
  settled_at: string | null
  created_at: string
  updated_at: string
  status_since: string
  finished_at: string | null
  lease: Lease | null
}

export type Lease = {
  holder_id: string
  attempt: number
  expires_at: string
  /** An open gate suspends the lease: it cannot expire meanwhile. */
  suspended: boolean
}

export const isFinal = (status: Status): boolean => moves[status]?.length === 0

export function refuseMove(from: Status, to: Status): Refusal {
  const allowed = moves[from]
  const next = allowed.length ? `allowed from here: ${allowed.join(', ')}` : `${from} is final`
  return refuse('invalid_transition', `${from} → ${to} is not a legal move; ${next}`, {
    from, to, allowed: [...allowed],
  })
}

/** An instant plus milliseconds, as RFC 3339. */
export function plus(instant: string, milliseconds: number): string {
  return new Date(Date.parse(instant) + milliseconds).toISOString()
}
