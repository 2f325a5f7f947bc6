/**
 * Taking work: claim one task, or the best of many. Exactly one winner under any concurrency,
 * because the write compares what was read here. Source: domain rules §2, §1.
 */
import { unmet } from './agents.ts'
import type { Decided, Decision } from './decisions.ts'
import { isRefusal } from './decisions.ts'
import { refuse } from './errors.ts'
import type { TaskFacts } from './moves.ts'
import { Draft, applyMove, finish, hold, principalOf } from './moves.ts'
import { nextPolicy } from './policies.ts'
import type { Settings } from './settings.ts'
import type { Priority, Task } from './tasks.ts'
import { isFinal, priorities, refuseMove } from './tasks.ts'
import { refuseLimit } from './transitions.ts'

const leastTrust = (settings: Settings, priority: Priority): number | null =>
  priority === 'urgent' || priority === 'high' ? settings.priority_trust[priority] : null

export function decideClaim(facts: TaskFacts): Decided {
  const { task, actor, settings, claims } = facts
  if (isFinal(task.status)) return refuseMove(task.status, 'in_progress')
  if (task.status !== 'todo' && !task.assignee_id) return refuseMove(task.status, 'in_progress')
  if (task.status !== 'todo' || (task.assignee_id && task.assignee_id !== actor.id)) {
    return refuse('already_claimed', `${task.key} is with ${task.assignee}`, { by: task.assignee })
  }
  if (task.pending) {
    return refuse('gate_required', `The claim on ${task.key} waits for approval`, {
      gate: facts.gate?.id,
    })
  }
  if (actor.kind === 'agent') {
    const missing = unmet(actor, task, leastTrust(settings, task.priority))
    if (missing) {
      return refuse('forbidden', `${actor.handle} is not eligible for ${task.key}`, {
        required: missing,
      })
    }
    const full = refuseLimit(actor.handle, claims, settings.max_claims)
    if (full) return full
  }
  return takeTask(facts)
}

function takeTask(facts: TaskFacts): Decision {
  const { task, actor, settings, claims } = facts
  const draft = new Draft(facts)
  const mover = principalOf(actor)
  draft.change({ assignee_id: actor.id, assignee: actor.handle, assignee_kind: actor.kind })
  const policy = nextPolicy(facts.policies, task, 'todo', 'in_progress', [])
  if (policy) {
    hold(draft, policy, { mover, to: 'in_progress', goal: 'in_progress', passed: [] })
  } else applyMove(draft, 'in_progress', { mover, type: 'task.claimed' })
  const counted = actor.kind === 'agent' && settings.max_claims !== null
  return {
    ...finish(draft),
    ...(counted ? { claims: { agent_id: actor.id, count: claims } } : {}),
  }
}

type Candidate = Pick<Task, 'priority' | 'due_at' | 'created_at' | 'id'>

/** Priority, then due date (none is last), then age. */
export function compareUrgency(a: Candidate, b: Candidate): number {
  const byPriority = priorities.indexOf(a.priority) - priorities.indexOf(b.priority)
  if (byPriority) return byPriority
  // `~` sorts behind every digit: no due date is last.
  return compareText(a.due_at ?? '~', b.due_at ?? '~') || compareText(a.created_at, b.created_at)
    || compareText(a.id, b.id)
}

/** By code units: `localeCompare` sorts punctuation before digits. */
const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** The decisions for what this actor may take, best first. */
export function decideNext(candidates: TaskFacts[]): Decision[] {
  return candidates
    .toSorted((a, b) => compareUrgency(a.task, b.task))
    .map(decideClaim)
    .filter((decided): decided is Decision => !isRefusal(decided))
}
