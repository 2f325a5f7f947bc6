/**
 * What a gate's end does to the task it holds: approval applies the pending move and goes on
 * towards its goal; denial and expiry send it back with feedback; cancelling lets go.
 * Source: domain rules §3, architecture §2 (gates).
 */
import type { Actor } from './agents.ts'
import type { AskedFacts } from './asks.ts'
import { concludeAsk } from './asks.ts'
import type { Decided, Decision, EventDraft } from './decisions.ts'
import { refuse } from './errors.ts'
import type { Ending, Gate, Standing, Verdict, Vote } from './gates.ts'
import { closeGate, inWords, refuseVoter, remindersOf, subjectOf, tally } from './gates.ts'
import type { MoveWords } from './moves.ts'
import { Draft, advance, applyMove, finish, hold, principalOf, takeLease } from './moves.ts'
import { nextPolicy } from './policies.ts'
import { isOperator } from './agents.ts'
import type { Approver } from './tasks.ts'
import { plus } from './tasks.ts'

export type GateFacts = (Draft['facts'] & { subject: Gate; standing: Standing }) | AskedFacts

/** One vote; the deciding one also closes the gate and moves the task, in the same write. */
export function decideVote(
  facts: GateFacts, { verdict, comment }: { verdict: Verdict; comment: string | null },
): Decided {
  const { subject: gate, actor, standing, now } = facts
  const refused = refuseVoter(gate, actor, standing, now)
  if (refused) return refused
  const vote: Vote = {
    by_id: actor.id, by: actor.handle, by_kind: actor.kind, verdict, comment, at: now,
    on_behalf_of: null,
  }
  const voted: Gate = { ...gate, votes: [...gate.votes, vote], version: gate.version + 1 }
  const verdictOfAll = tally(gate.policy, voted.votes)
  const event: EventDraft = {
    type: 'gate.voted', subject: subjectOf(gate), version: voted.version,
    ...inWords(gate, { verdict, comment, by: actor.handle }),
  }
  const ending = verdictOfAll && { state: verdictOfAll, comment }
  return withVote(conclude(facts, voted, ending, [event]), gate, voted, vote)
}

/** What follows from a gate's end for what it holds; `before` are the events that led to it. */
function conclude(
  facts: GateFacts, gate: Gate, ending: Ending | null, before: EventDraft[] = [],
): Decision {
  if (!facts.task) return concludeAsk(facts, gate, ending, before)
  const draft = new Draft(facts)
  draft.gate = gate
  draft.events.push(...before)
  if (ending) endGate(draft, gate, ending)
  return finish(draft)
}

/** Attaches the vote to the gate's write, so that both are one row lock. */
function withVote(decision: Decision, gate: Gate, voted: Gate, vote: Vote): Decision {
  const writes = decision.gates ?? []
  const own = writes.find((write) => write.id === gate.id)
    ?? { id: gate.id, version: gate.version, set: { version: voted.version } }
  const { by_id, verdict, comment, on_behalf_of } = vote
  return {
    ...decision,
    gates: [
      { ...own, version: gate.version, vote: { voter_id: by_id, verdict, comment, on_behalf_of } },
      ...writes.filter((write) => write.id !== gate.id),
    ],
  }
}

/** Closes the gate and does to the task what follows from it. */
function endGate(draft: Draft, gate: Gate, { state, comment }: Ending): void {
  const { write, event } = closeGate(gate, state, draft.facts.now, gate.version + 1, comment)
  draft.gates.push(write)
  draft.events.push(event)
  draft.gate = null
  const { pending } = draft.task
  if (!pending || pending.attempt !== gate.attempt || pending.from !== draft.task.status) return
  draft.change({ pending: null })
  if (state === 'approved') approve(draft, gate, pending)
  else turnBack(draft, gate, { state, comment }, pending)
}

type Waits = NonNullable<Draft['task']['pending']>

const approversOf = ({ id, votes }: Gate): Approver[] =>
  votes.filter(({ verdict }) => verdict === 'approve')
    .map((vote) => ({ id: vote.by_id, handle: vote.by, kind: vote.by_kind, gate: id }))

function approve(draft: Draft, gate: Gate, pending: Waits): void {
  const { from, to, goal, actor: mover } = pending
  const passed = [...pending.step, gate.policy_id]
  const approvers = [...pending.approvers, ...approversOf(gate)]
  const words: MoveWords = {
    mover, reason: pending.reason, outcome: to === goal ? pending.outcome : null,
    ...(pending.output === null ? {} : { output: pending.output }),
    approval: { gate: gate.id, approvers },
    ...(from === 'todo' && to === 'in_progress' ? { type: 'task.claimed' } : {}),
  }
  const next = nextPolicy(draft.facts.policies, draft.task, from, to, passed)
  if (next) {
    const { outcome } = pending
    return hold(draft, next, { ...words, mover, outcome, to, goal, passed, approvers })
  }
  applyMove(draft, to, words)
  advance(draft, { mover, goal, outcome: pending.outcome, reason: pending.reason })
}

/** Denied, expired or cancelled: nothing is lost, the holder goes on where it was. */
function turnBack(draft: Draft, gate: Gate, { state, comment }: Ending, pending: Waits): void {
  const feedback = comment ?? `The gate was ${state}.`
  const mover = principalOf(draft.facts.actor)
  if (state !== 'cancelled' && pending.from === 'review' && pending.to === 'done') {
    return applyMove(draft, 'in_progress', { mover, feedback })
  }
  if (pending.from === 'in_progress') {
    takeLease(draft)
    if (state !== 'cancelled') {
      draft.change({ feedback, rejections: draft.task.rejections + 1 })
    }
  }
  if (pending.from === 'todo' && pending.to === 'in_progress' && state !== 'approved') {
    draft.change({ assignee_id: null, assignee: null, assignee_kind: null })
  }
  draft.event('task.unheld', {
    from: pending.from, to: pending.to, attempt: draft.task.attempt, gate: gate.id,
    verdict: state, comment,
  })
}

/** Withdrawing the question: the requester or an operator. */
export function decideGateCancel(
  facts: GateFacts, { reason }: { reason?: string | null },
): Decided {
  const { subject: gate, actor } = facts
  if (gate.state !== 'open') {
    return refuse('gate_closed', `The gate is ${gate.state}`, {
      gate: gate.id, state: gate.state, decided_at: gate.decided_at,
    })
  }
  if (gate.requested_by_id !== actor.id && !isOperator(actor)) {
    return refuse('forbidden', `Only ${gate.requested_by} or an operator cancels this`, {
      required: { relation: ['requester', 'operator'] },
    })
  }
  return conclude(facts, gate, { state: 'cancelled', comment: reason ?? null })
}

/** What the clock does to an open gate: remind, go up, or end it. Null while nothing is due. */
export function decideGateClock(facts: GateFacts): Decision | null {
  const { subject: gate, now } = facts
  if (gate.state !== 'open') return null
  if (now >= gate.expires_at) return expire(facts)
  const due = remindersOf(gate).filter((instant) => instant <= now).length
  if (due <= gate.reminded) return null
  const version = gate.version + 1
  return {
    gates: [{ id: gate.id, version: gate.version, set: { reminded: due, version } }],
    events: [{
      type: 'gate.reminded', subject: subjectOf(gate), version,
      ...inWords(gate, {
        reminder: due, approvers: gate.policy.approvers, expires_at: gate.expires_at,
      }),
    }],
  }
}

function expire(facts: GateFacts): Decision {
  const { subject: gate, now } = facts
  const rule = gate.policy.on_expiry
  if (rule === 'escalate' && !gate.escalated) {
    const version = gate.version + 1
    const approvers = ['role:admin']
    const expires_at = plus(now, gate.policy.ttl_seconds * 1000)
    return {
      gates: [{
        id: gate.id, version: gate.version,
        set: {
          escalated: true, reminded: 0, expires_at, version,
          policy: { ...gate.policy, approvers },
        },
      }],
      events: [{
        type: 'gate.escalated', severity: 'warning', subject: subjectOf(gate), version,
        ...inWords(gate, { approvers, expires_at }),
      }],
    }
  }
  return conclude(facts, gate, rule === 'approve'
    ? { state: 'approved', comment: 'Approved by expiry, as its policy says.' }
    : { state: 'expired', comment: `Nobody decided before ${gate.expires_at}.` })
}

/** How an actor stands to a gate; `above` are the ids over it in the reports_to chain. */
export function standingOf(
  gate: Gate, actor: Actor, above: string[], assignee: string | null,
): Standing {
  return {
    managed_by_requester: above.includes(gate.requested_by_id),
    is_assignee: assignee !== null && assignee === actor.id,
    managed_by_assignee: assignee !== null && above.includes(assignee),
  }
}
