/**
 * Moving a task on purpose: transition and its shorthand verbs.
 * Order of checks: former holder → legal move → who may → gates. Source: domain rules §2.
 */
import { isOperator } from './agents.ts'
import type { Decided } from './decisions.ts'
import type { Refusal } from './errors.ts'
import { refuse, refuseField } from './errors.ts'
import type { TaskFacts } from './moves.ts'
import { Draft, advance, finish, principalOf } from './moves.ts'
import type { Outcome, Status } from './tasks.ts'
import { moves, outcomesOf, refuseMove } from './tasks.ts'

export type Transition = {
  to: Status
  outcome?: Outcome | null
  output?: unknown
  reason?: string | null
}

/** Assignee, its managers and operators have a say over a task. */
export const hasSay = ({ actor, task, manages_assignee }: TaskFacts): boolean =>
  isOperator(actor) || manages_assignee
  || (task.assignee_id !== null && task.assignee_id === actor.id)

/** Refuses who has no say: `lease_lost` to a former holder, `forbidden` to anyone else. */
export function refuseStranger(facts: TaskFacts): Refusal | null {
  if (hasSay(facts)) return null
  const { task, actor } = facts
  if (facts.former_holder) {
    return refuse('lease_lost', `${actor.handle} lost the lease on ${task.key}`, {
      task: task.key, assignee: task.assignee, attempt: task.attempt,
    }, 'Claim it again if it is still to do.')
  }
  return refuse('forbidden', `Only its assignee, their managers or an operator moves ${task.key}`, {
    required: { relation: ['assignee', 'manager', 'operator'] },
  })
}

/** The creator may still ready or withdraw what nobody is assigned to. */
const isCreatorsMove = ({ actor, task }: TaskFacts, to: Status): boolean =>
  task.creator_id === actor.id && task.assignee_id === null
  && (to === 'cancelled' || (task.status === 'backlog' && to === 'todo'))

function refuseOutcome({ to, outcome }: Transition): Refusal | null {
  if (!outcome) return null
  const possible = outcomesOf[to]
  if (possible?.includes(outcome)) return null
  return refuseField('/outcome', possible
    ? `A task that is ${to} can be ${possible.join(' or ')}`
    : `A task that is ${to} has no outcome yet`)
}

/** Moves towards `goal`; `complete` is the one goal that may be two steps away. */
function decideMove(facts: TaskFacts, goal: Status, first: Status, intent: Transition): Decided {
  const { task, actor } = facts
  if (facts.former_holder && !hasSay(facts)) return refuseStranger(facts)!
  if (!moves[task.status].includes(first)) return refuseMove(task.status, first)
  const stranger = isCreatorsMove(facts, goal) ? null : refuseStranger(facts)
  if (stranger) return stranger
  if (first === 'in_progress') {
    const refused = refuseStart(facts)
    if (refused) return refused
  }
  const bad = refuseOutcome({ ...intent, to: goal })
  if (bad) return bad
  const draft = new Draft(facts)
  const waits = task.pending
  if (waits && waits.to === first && waits.goal === goal) {
    return { events: [], extra: { result: 'pending' } }
  }
  draft.overtake()
  const result = advance(draft, { ...intent, goal, mover: principalOf(actor) })
  return finish(draft, { result })
}

function refuseStart({ task, actor, claims, settings }: TaskFacts): Refusal | null {
  if (!task.assignee_id) {
    return refuse('forbidden', `${task.key} has no assignee to start it`, {
      required: { relation: ['assignee'] },
    }, 'Claim it, or assign someone first.')
  }
  if (actor.kind !== 'agent') return null
  if (actor.mode !== 'worker' && task.assignee_id === actor.id) {
    return refuse('forbidden', `${actor.mode}s do not execute tasks`, {
      required: { mode: 'worker' },
    })
  }
  return task.assignee_id === actor.id
    ? refuseLimit(actor.handle, claims, settings.max_claims) : null
}

export function refuseLimit(handle: string, claims: number, limit: number | null): Refusal | null {
  if (limit === null || claims < limit) return null
  return refuse('limit_reached',
    `${handle} has ${claims} tasks in progress; the limit is ${limit}`, { limit })
}

export const decideTransition = (facts: TaskFacts, intent: Transition): Decided =>
  decideMove(facts, intent.to, intent.to, intent)

/** start = start one's own. */
export const decideStart = (facts: TaskFacts, intent: Omit<Transition, 'to'>): Decided =>
  decideMove(facts, 'in_progress', 'in_progress', { ...intent, to: 'in_progress' })

/** complete = in_progress → review → done in one go, stopping where something is pending. */
export const decideComplete = (facts: TaskFacts, intent: Omit<Transition, 'to'>): Decided => {
  const first = facts.task.status === 'review' ? 'done' : 'review'
  return decideMove(facts, 'done', first, { ...intent, to: 'done' })
}

/** fail = cancelled with outcome `failed`. */
export const decideFail = (facts: TaskFacts, intent: Omit<Transition, 'to' | 'outcome'>): Decided =>
  decideMove(facts, 'cancelled', 'cancelled', { ...intent, to: 'cancelled', outcome: 'failed' })

/** cancel = cancelled with outcome `abandoned`. */
export const decideCancel = (
  facts: TaskFacts, intent: Omit<Transition, 'to' | 'outcome'>,
): Decided =>
  decideMove(facts, 'cancelled', 'cancelled', { ...intent, to: 'cancelled', outcome: 'abandoned' })
