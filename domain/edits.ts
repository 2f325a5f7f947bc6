/**
 * Making a task and changing what it says. Source: domain rules §2; ledger (escrow).
 */
import { isOperator } from './agents.ts'
import type { Actor, RequiredCapability } from './agents.ts'
import { escrowFor } from './awards.ts'
import { formatCredits } from './credits.ts'
import type { Decided, PostingDraft } from './decisions.ts'
import { refuse } from './errors.ts'
import type { TaskFacts } from './moves.ts'
import { Draft, finish } from './moves.ts'
import type { Policy } from './policies.ts'
import { policyOf } from './policies.ts'
import type { Settings } from './settings.ts'
import { rateOf } from './settings.ts'
import type { Priority, Status, Task } from './tasks.ts'
import { isFinal, refuseMove } from './tasks.ts'
import { hasSay, refuseStranger } from './transitions.ts'
import type { Workstream } from './workstreams.ts'
import { refuseEntry } from './workstreams.ts'

/** The fields that can be written after creation; micro-credits as text. */
export type TaskFields = {
  title: string
  description: string
  priority: Priority
  tags: string[]
  required_capabilities: RequiredCapability[]
  min_trust: number | null
  due_at: string | null
  estimate: number | null
  reward: string | null
  input: unknown
}

/** Fields to change; `workstream`: where it goes, null takes it out. */
export type TaskChange = Partial<TaskFields> & { workstream?: Workstream | null }

export type NewTask = TaskFields & {
  status: 'backlog' | 'todo'
  parent_id: string | null
  gates: { to: Status; policy: Partial<Policy> }[]
}

export type CreateFacts = {
  now: string
  actor: Actor
  settings: Settings
  fresh_id: string
  /** One unused id for each gate asked for. */
  gate_ids: string[]
  assignee: { id: string; handle: string; kind: string; status: string } | null
  /** Where it belongs: as asked for, else where its parent does. */
  workstream: Workstream | null
  /** The actor is above the assignee in the reports_to chain. */
  manages_assignee: boolean
}

export function decideCreate(facts: CreateFacts, wanted: NewTask): Decided {
  const { actor, assignee, workstream, settings, fresh_id: id } = facts
  const mayAssign = isOperator(actor) || !assignee || assignee.id === actor.id
    || facts.manages_assignee
  if (!mayAssign) {
    return refuse('forbidden', `${actor.handle} hands work to its own reports only`, {
      required: { relation: ['manager', 'operator'] },
    })
  }
  if (assignee && assignee.status !== 'active') {
    return refuse('forbidden', `${assignee.handle} is ${assignee.status}`, {
      required: { status: 'active' },
    })
  }
  const closed = refuseEntry(workstream)
  if (closed) return closed
  const { gates, parent_id, ...fields } = wanted
  const escrow = escrowOf(actor, settings, fields.reward)
  return {
    task: {
      id, version: null, wake: 'soon', settles: false,
      set: {
        ...fields, id, parent_id, creator_id: actor.id, assignee_id: assignee?.id ?? null,
        workstream_id: workstream?.id ?? null, version: 1, escrow: escrow.toString(),
      },
    },
    policies: gates.map((gate, index) => ({
      id: facts.gate_ids[index], task_id: id,
      match: { from: null, to: gate.to, tags: [], priority: null, min_reward: null },
      policy: policyOf(gate.policy, settings.gate_ttl_seconds),
    })),
    postings: escrowPostings(actor, id, 1, escrow),
    events: [{
      type: 'task.created', subject: { kind: 'task', id, key: null }, version: 1, task_id: id,
      data: {
        to: fields.status, title: fields.title, priority: fields.priority, attempt: 0,
        assignee: assignee?.handle ?? null, creator: actor.handle,
        workstream: workstream?.name ?? null,
        reward: fields.reward === null ? null : formatCredits(BigInt(fields.reward)),
        gates: gates.map(({ to }) => to),
      },
    }],
  }
}

/** Nobody prints money: an agent pays for what it promises above the rate. */
function escrowOf(actor: Actor, settings: Settings, reward: string | null): bigint {
  if (actor.kind !== 'agent' || reward === null) return 0n
  return escrowFor(BigInt(reward), rateOf(settings, 'task.done'))
}

function escrowPostings(
  actor: Actor, taskId: string, version: number, escrow: bigint,
): PostingDraft[] {
  if (escrow === 0n) return []
  const agent = `agent:${actor.id}`
  const back = escrow < 0n
  return [{
    key: `task/${taskId}/v${version}/escrow_in`,
    kind: back ? 'escrow_return' : 'escrow',
    from: back ? 'escrow' : agent, to: back ? agent : 'escrow',
    amount: (back ? -escrow : escrow).toString(), voluntary: !back,
    task_id: taskId, subject_id: taskId, beneficiary_id: back ? actor.id : null,
  }]
}

/** Who may rewrite a task: whoever has a say over it, and its creator. */
export function decideUpdate(facts: TaskFacts, { workstream, ...fields }: TaskChange): Decided {
  const { task, actor } = facts
  if (isFinal(task.status)) return refuseMove(task.status, task.status)
  if (task.creator_id !== actor.id && !hasSay(facts)) return refuseStranger(facts)!
  if (fields.reward !== undefined && fields.reward !== task.reward) {
    const refused = refuseRepricing(facts)
    if (refused) return refused
  }
  const moves = workstream !== undefined && (workstream?.id ?? null) !== task.workstream_id
  const closed = moves ? refuseEntry(workstream) : null
  if (closed) return closed
  const change: Partial<Task> = {
    ...fields, ...(moves ? { workstream: workstream?.name ?? null } : {}),
  }
  const changed = Object.keys(change).filter((name) => !same(
    change[name as keyof Task], task[name as keyof Task]))
  if (!changed.length) return { events: [] }
  const draft = new Draft(facts)
  draft.change(Object.fromEntries(changed.map((name) =>
    [name, change[name as keyof Task]])) as Partial<Task>)
  if (moves) draft.change({ workstream_id: workstream?.id ?? null })
  const postings = changed.includes('reward') ? reprice(draft) : []
  draft.event('task.updated', { fields: changed, ...valuesOf(task, draft.task, changed) })
  return { ...finish(draft), postings }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A promise of pay changes only before anyone works for it, by who made it or an operator. */
function refuseRepricing({ task, actor }: TaskFacts) {
  if (task.creator_id !== actor.id && !isOperator(actor)) {
    return refuse('forbidden', `Only ${task.creator} or an operator changes the reward`, {
      required: { relation: ['creator', 'operator'] },
    })
  }
  if (task.status === 'backlog' || task.status === 'todo') return null
  return refuse('forbidden', `The reward of ${task.key} is fixed while it is ${task.status}`, {
    required: { status: ['backlog', 'todo'] },
  })
}

/** Moves the difference into or out of the escrow of the creator. */
function reprice(draft: Draft): PostingDraft[] {
  const { task, facts } = draft
  const before = BigInt(facts.task.escrow)
  if (task.creator_id !== facts.actor.id && before === 0n) return []
  const creator = { ...facts.actor, id: task.creator_id, kind: 'agent' as const }
  const wanted = task.creator_kind === 'agent'
    ? escrowOf(creator, facts.settings, task.reward) : 0n
  const escrow = task.creator_id === facts.actor.id || wanted < before ? wanted : before
  draft.change({ escrow: escrow.toString() })
  return escrowPostings(creator, task.id, task.version + 1, escrow - before)
}

/** Small values before and after, for the audit; long texts only by name. */
function valuesOf(before: Task, after: Task, names: string[]) {
  const small = names.filter((name) => !['description', 'input'].includes(name))
  const pick = (task: Task) => Object.fromEntries(small.map((name) => {
    const value = task[name as keyof Task]
    const isReward = name === 'reward' && value !== null
    return [name, isReward ? formatCredits(BigInt(value as string)) : value]
  }))
  return { before: pick(before), after: pick(after) }
}

/** A remark in the task's history; it changes nothing else. */
export function decideComment(facts: TaskFacts, { body }: { body: string }): Decided {
  const { task, actor, settings, now } = facts
  const holds = task.assignee_id === actor.id && task.lease && !task.lease.suspended
  const expires_at = new Date(Date.parse(now) + settings.lease_seconds * 1000).toISOString()
  return {
    events: [{
      type: 'task.commented', subject: { kind: 'task', id: task.id, key: task.key },
      task_id: task.id, data: { body, by: actor.handle },
    }],
    ...(holds ? { lease: { do: 'renew' as const, holder_id: actor.id, expires_at } } : {}),
  }
}
