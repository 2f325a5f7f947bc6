/**
 * Leases: a sign of life, giving back, and running out. A lease is lost only once its expiry is
 * written; until then the holder may still renew it. Source: domain rules §2.
 */
import type { Decided, Decision } from './decisions.ts'
import { refuse } from './errors.ts'
import type { TaskFacts } from './moves.ts'
import { Draft, finish, principalOf } from './moves.ts'
import type { Lease, Status } from './tasks.ts'
import { plus, refuseMove } from './tasks.ts'
import { refuseStranger } from './transitions.ts'

/** A sign of life extends the lease; no event, no new version. */
export function decideHeartbeat(facts: TaskFacts): Decided {
  const { task, actor, settings, now } = facts
  if (task.assignee_id !== actor.id) {
    return refuseStranger({ ...facts, manages_assignee: false }) ?? refuse(
      'forbidden', `Only ${task.assignee ?? 'its assignee'} keeps ${task.key} alive`,
      { required: { relation: ['assignee'] } })
  }
  if (task.status !== 'in_progress' || !task.lease || task.lease.suspended) return { events: [] }
  const expires_at = plus(now, settings.lease_seconds * 1000)
  return { events: [], lease: { do: 'renew', holder_id: actor.id, expires_at } }
}

/** Back to todo, unassigned; the next taker's attempt is a new one. */
export function decideRelease(facts: TaskFacts, intent: { reason?: string | null }): Decided {
  const { task, actor } = facts
  const stranger = refuseStranger(facts)
  if (stranger?.refused === 'lease_lost') return stranger
  if (task.status !== 'in_progress') return refuseMove(task.status, 'todo')
  if (stranger) return stranger
  const draft = new Draft(facts)
  draft.overtake()
  giveBack(draft, 'todo', task.lease ? { do: 'clear' } : undefined)
  draft.event('task.released', {
    from: 'in_progress', to: 'todo', attempt: task.attempt, mover: actor.handle,
    assignee: task.assignee, assignee_id: task.assignee_id, reason: intent.reason ?? null,
  })
  return finish(draft)
}

function giveBack(draft: Draft, status: Status, lease: Draft['lease']): void {
  draft.lease = lease
  draft.change({
    status, status_since: draft.facts.now, pending: null, attempt: draft.task.attempt + 1,
    assignee_id: null, assignee: null, assignee_kind: null,
  })
}

export const leaseDeadline = (lease: Lease | null): string | null =>
  lease && !lease.suspended ? lease.expires_at : null

/** What a lease that ran out does to its task; null while it still runs. */
export function decideExpiry(facts: Draft['facts']): Decision | null {
  const { task, now, settings } = facts
  const deadline = leaseDeadline(task.lease)
  if (deadline === null || now < deadline || task.status !== 'in_progress') return null
  const expiries = task.expiries + 1
  const last = expiries >= settings.lease_attempts
  const draft = new Draft(facts)
  draft.overtake()
  giveBack(draft, last ? 'blocked' : 'todo', { do: 'expire', attempt: task.attempt })
  draft.change({
    expiries, lost_by: [...new Set([...task.lost_by, task.lease!.holder_id])],
    ...(last ? { block_reason: 'lease_expired' } : {}),
  })
  draft.event('task.lease_expired', {
    from: 'in_progress', to: draft.task.status, attempt: task.attempt, expiries,
    assignee: task.assignee, assignee_id: task.assignee_id, mover: principalOf(facts.actor).handle,
  }, 'warning')
  if (last) {
    draft.event('task.escalated', {
      reason: 'assignee_inactive', to: 'operators', expiries, assignee: task.assignee,
    }, 'alert')
  }
  return finish(draft)
}
