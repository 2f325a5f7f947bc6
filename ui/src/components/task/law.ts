/**
 * What can be done with a task, and why the rest cannot: asked of the same functions with which the
 * server decides, before anything is sent. Gates are not asked: they answer `pending`. Pure.
 */
import { decideClaim } from '../../../../domain/claims.ts'
import type { Decided } from '../../../../domain/decisions.ts'
import { isRefusal } from '../../../../domain/errors.ts'
import { decideRelease } from '../../../../domain/leases.ts'
import type { TaskFacts } from '../../../../domain/moves.ts'
import { defaultSettings } from '../../../../domain/settings.ts'
import type { Status, Task } from '../../../../domain/tasks.ts'
import { statuses } from '../../../../domain/tasks.ts'
import { decideComplete, decideTransition } from '../../../../domain/transitions.ts'
import { texts } from '../../texts.ts'
import type { Person } from './person.ts'
import { actorOf } from './person.ts'

/** What of a task the law looks at. */
export type Lawful = {
  key: string
  status: Status
  assignee: string | null
  creator: string
  pending: { goal: Status } | null
  waiting: { unblock: string[] } | null
}

export type ActId = `to:${Status}` | 'claim' | 'release' | 'complete'
export type Act = { id: ActId; why: string | null }

/** Here people and agents are known by handle; nobody manages a person. */
function factsOf(task: Lawful, person: Person, now: string): TaskFacts {
  const { assignee, creator } = task
  return {
    now, epoch: 0, settings: defaultSettings, gate: null, policies: [], fresh_id: '', claims: 0,
    manages_assignee: false, former_holder: false, actor: actorOf(person),
    task: {
      ...task, id: task.key, assignee_id: assignee, creator_id: creator, version: 1, attempt: 1,
      pending: null, lease: null, escrow: '0', reward: null, lost_by: [],
    } as unknown as Task,
  }
}

/** Where a move is none of the table, the names of all others would only be in the way. */
function reasonOf(task: Lawful, decided: Decided): string | null {
  if (!isRefusal(decided)) return null
  return decided.refused === 'invalid_transition'
    ? texts.task.notFrom(texts.words.status[task.status]) : decided.detail
}

/** Every move away from where it is, legal or not, and the verbs; each with what speaks against. */
export function actsOn(task: Lawful, person: Person, now: string): Act[] {
  const facts = factsOf(task, person, now)
  const moves = statuses.filter((status) => status !== task.status).map((to): Act => ({
    id: `to:${to}`, why: reasonOf(task, decideTransition(facts, { to })),
  }))
  return [
    ...moves,
    { id: 'claim', why: reasonOf(task, decideClaim(facts)) },
    { id: 'release', why: reasonOf(task, decideRelease(facts, {})) },
    { id: 'complete', why: reasonOf(task, decideComplete(facts, {})) },
  ]
}

/** Which acts an operation that would unblock a task means, by where the task is; best first. */
const meanings: Record<string, Partial<Record<Status, ActId[]>>> = {
  'task.transition': {
    backlog: ['to:todo'], in_progress: ['to:review'], review: ['to:done', 'to:in_progress'],
    blocked: ['to:in_progress', 'to:todo'],
  },
  'task.start': { todo: ['to:in_progress'] },
  'task.claim': { todo: ['claim'] },
  'task.complete': { in_progress: ['complete'], review: ['to:done'] },
  'task.release': { in_progress: ['release'] },
}

/** What would move it on and is possible for this person. */
export function unblockers(task: Lawful, acts: readonly Act[]): ActId[] {
  const meant = (task.waiting?.unblock ?? [])
    .flatMap((operation) => meanings[operation]?.[task.status] ?? [])
  return [...new Set(meant)].filter((id) => acts.some((act) => act.id === id && act.why === null))
}

/** What is said or chosen before it is done; everything else happens at once. */
export const needsWords = (id: ActId, from: Status): boolean =>
  ['to:done', 'complete', 'to:blocked', 'to:cancelled'].includes(id)
  || (id === 'to:in_progress' && from === 'review')
