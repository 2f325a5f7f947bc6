/** Tasks: what there is to do, who does it, and every move of its life. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { command, query } from './define.ts'
import { Gate, PolicyInput } from './gates.ts'
import {
  Credits, CreditsOrZeroInput, Handle, Instant, InstantInput, Json, Outcome, Priority, Ref,
  RequiredCapability, RequiredCapabilityInput, Status, Tag, Title, WorkstreamRef, pageOf, paging,
  textUpTo,
} from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }
const movers: Who = { agent: { mode: 'orchestrator' }, human: 'operator' }
const workers: Who = { agent: { mode: 'worker' }, human: 'operator' }

/** What a task is created with and may be changed to. */
const fields = {
  description: textUpTo(64).optional(),
  priority: Priority.optional(),
  tags: z.array(Tag).max(32).optional(),
  required_capabilities: z.array(RequiredCapabilityInput).max(32).optional(),
  min_trust: z.int().min(0).max(100).nullable().optional(),
  workstream: WorkstreamRef.nullable().optional(),
  due_at: InstantInput.nullable().optional(),
  estimate: z.number().min(0).max(1e9).nullable().optional(),
  reward: CreditsOrZeroInput.nullable().optional(),
  input: Json.optional(),
}

export const Waiting = z.object({
  for: z.string(),
  since: Instant,
  until: Instant.nullable(),
  sentence: z.string(),
  unblock: z.array(z.string()).meta({ description: 'Operations that would move it on' }),
}).meta({ id: 'Waiting' })

const Pending = z.object({
  from: Status,
  to: Status,
  goal: Status,
  step: z.array(z.string()).meta({ description: 'Policies that have said yes already' }),
  attempt: z.int(),
  outcome: Outcome.nullable(),
  output: Json,
  reason: z.string().nullable(),
  actor: z.string(),
}).meta({ id: 'Pending' })

export const Task = z.object({
  id: z.string(),
  key: z.string(),
  title: z.string(),
  description: z.string(),
  status: Status,
  outcome: Outcome.nullable(),
  priority: Priority,
  tags: z.array(z.string()),
  required_capabilities: z.array(RequiredCapability),
  min_trust: z.int().nullable(),
  assignee: z.string().nullable(),
  creator: z.string(),
  parent: z.string().nullable(),
  workstream: z.string().nullable(),
  due_at: Instant.nullable(),
  estimate: z.number().nullable(),
  reward: Credits.nullable(),
  input: Json,
  output: Json,
  attempt: z.int(),
  rejections: z.int(),
  feedback: z.string().nullable(),
  lease_expires_at: Instant.nullable(),
  blocked_by: z.array(z.string()),
  block_reason: z.string().nullable(),
  gate: z.string().nullable(),
  waiting: Waiting.nullable(),
  pending: Pending.nullable(),
  version: z.int(),
  settled_at: Instant.nullable(),
  created_at: Instant,
  updated_at: Instant,
  finished_at: Instant.nullable(),
  cost_usd: z.string().nullable(),
  workflow_url: z.string().nullable(),
}).meta({ id: 'Task' })

const Moved = z.object({
  result: z.enum(['applied', 'pending']).meta({ id: 'MoveResult' }),
  task: Task,
  gate: Gate.nullable(),
  url: z.string().nullable().meta({ description: 'Where to follow what is pending' }),
  poll_after_ms: z.int().nullable(),
}).meta({ id: 'Moved' })

const moveErrors = ['invalid_transition', 'lease_lost', 'version_conflict'] as const
const outcomeInput = { outcome: Outcome.optional(), output: Json.optional() }

export const list = query('task.list', {
  summary: 'List tasks, newest first.',
  who: anyone,
  input: {
    ...paging,
    status: z.array(Status).max(7).optional(),
    assignee: Ref.optional(),
    creator: Ref.optional(),
    tag: Tag.optional(),
    priority: Priority.optional(),
    parent: Ref.optional(),
    workstream: Ref.optional(),
    search: z.string().trim().max(200).optional()
      .meta({ description: 'In key, title, description' }),
  },
  answers: pageOf(Task, 'TaskPage'),
  errors: ['not_found'],
  everyday: true,
  examples: [
    {
      title: 'by tag', given: { task: { status: 'todo', tags: ['$unique'] } },
      input: { tag: '$unique', status: ['todo'] },
      answers: { items: [{ key: '$task', status: 'todo' }], next_cursor: null },
    },
    {
      title: 'of a workstream',
      given: { workstream: { name: '$unique' }, task: { status: 'todo', workstream: '$unique' } },
      input: { workstream: '$unique' }, answers: { items: [{ key: '$task' }], next_cursor: null },
    },
    { title: 'a bad cursor', input: { cursor: 'nonsense' }, refused: 'invalid_input' },
  ],
})

export const get = query('task.get', {
  summary: 'One task by id or key.',
  description: 'With `wait`, answers when it has changed or the time is over; with `settled`, when '
    + 'nothing is under way any more (`settled_at` is set).',
  on: 'task',
  who: anyone,
  answers: Task,
  everyday: true,
  waits: true,
  examples: [
    {
      title: 'by key', given: { task: { status: 'todo' } }, input: { id: '$task' },
      answers: { key: '$task', status: 'todo', assignee: null, waiting: { for: 'claim' } },
    },
    { title: 'none', input: { id: 'TASK-999999' }, refused: 'not_found' },
  ],
})

export const create = command('task.create', {
  summary: 'Create a task, in the backlog or ready to be taken.',
  description: 'An agent that promises more than the rate puts the difference in escrow. `gates` '
    + 'asks for a yes before a move of this task.',
  who: { agent: { mode: 'orchestrator', level: 2 }, human: 'operator' },
  input: {
    title: Title, ...fields, assignee: Handle.optional(), parent: Ref.optional(),
    gates: z.array(z.strictObject({ to: Status, policy: PolicyInput.default({}) })
      .meta({ id: 'TaskGateInput' })).max(7).optional(),
    status: z.enum(['backlog', 'todo']).optional().meta({ id: 'FirstStatus' }),
  },
  answers: Task,
  errors: ['not_found', 'insufficient_credits'],
  everyday: true,
  startsWork: true,
  examples: [
    {
      title: 'the least', input: { title: 'Write the README' },
      answers: { title: 'Write the README', status: 'backlog', priority: 'normal', version: 1 },
    },
    {
      title: 'ready, gated and paid', as: 'lead',
      input: {
        title: 'Ship it', status: 'todo', reward: '10', tags: ['release'],
        required_capabilities: ['typescript'], gates: [{ to: 'done' }],
      },
      answers: { status: 'todo', reward: '10', creator: 'lead', tags: ['release'] },
    },
    { title: 'no title', input: { title: ' ' }, refused: 'invalid_input' },
    {
      title: 'in a workstream', given: { workstream: { name: '$unique' } },
      input: { title: 'Draw the map', workstream: '$unique' }, answers: { workstream: '$unique' },
    },
    {
      title: 'one that is over', given: { workstream: { name: '$unique', status: 'completed' } },
      input: { title: 'Too late', workstream: '$unique' }, refused: 'forbidden',
    },
    {
      title: 'a promise beyond its means', as: 'bob', input: { title: 'x', reward: '1000000' },
      refused: 'insufficient_credits',
    },
  ],
})

export const update = command('task.update', {
  summary: 'Change what a task says.',
  on: 'task',
  who: movers,
  input: { title: Title.optional(), ...fields },
  answers: Task,
  errors: ['invalid_transition', 'lease_lost', 'version_conflict', 'insufficient_credits'],
  everyday: true,
  examples: [
    {
      title: 'a better title', given: { task: { status: 'todo' } },
      input: { id: '$task', title: 'A better title' }, answers: { title: 'A better title' },
    },
    {
      title: 'out of its workstream',
      given: { workstream: { name: '$unique' }, task: { status: 'todo', workstream: '$unique' } },
      input: { id: '$task', workstream: null }, answers: { workstream: null },
    },
  ],
})

export const transition = command('task.transition', {
  summary: 'Move a task along one of the 14 legal moves.',
  description: 'Answers `pending` when a gate holds the move: it happens by itself once approved.',
  on: 'task',
  who: movers,
  input: { to: Status, ...outcomeInput },
  answers: Moved,
  errors: [...moveErrors, 'limit_reached', 'budget_exceeded'],
  everyday: true,
  examples: [
    {
      title: 'ready to be taken', given: { task: { status: 'backlog' } },
      input: { id: '$task', to: 'todo' }, answers: { result: 'applied', task: { status: 'todo' } },
    },
    {
      title: 'held by a gate', as: 'ada',
      given: { task: { status: 'review', assignee: 'ada', gates: [{ to: 'done', policy: {} }] } },
      input: { id: '$task', to: 'done' },
      answers: { result: 'pending', task: { status: 'review', pending: { to: 'done' } } },
    },
    {
      title: 'not a move', given: { task: { status: 'backlog' } },
      input: { id: '$task', to: 'done' }, refused: 'invalid_transition',
    },
  ],
})

export const claim = command('task.claim', {
  summary: 'Take a task that is ready and start working on it.',
  on: 'task',
  who: workers,
  answers: Task,
  errors: ['invalid_transition', 'already_claimed', 'dependency_open', 'gate_required',
    'limit_reached', 'budget_exceeded', 'version_conflict'],
  everyday: true,
  examples: [
    {
      title: 'a ready task', as: 'ada', given: { task: { status: 'todo' } }, input: { id: '$task' },
      answers: { status: 'in_progress', assignee: 'ada', attempt: 1 },
    },
    {
      title: 'someone was faster', as: 'bob',
      given: { task: { status: 'in_progress', assignee: 'ada' } },
      input: { id: '$task' }, refused: 'already_claimed',
    },
  ],
})

export const next = command('task.next', {
  summary: 'Take the best task there is for you: priority, then due date, then age.',
  description: 'Answers `task: null` and `retry_after_ms` when there is none.',
  who: workers,
  input: {
    capabilities: z.array(Tag).max(32).optional()
      .meta({ description: 'Only tasks that need nothing but these' }),
    tags: z.array(Tag).max(32).optional().meta({ description: 'Only tasks with one of these' }),
  },
  answers: z.object({ task: Task.nullable(), retry_after_ms: z.int().nullable() })
    .meta({ id: 'NextTask' }),
  errors: ['limit_reached', 'budget_exceeded', 'gate_required'],
  everyday: true,
  startsWork: true,
  examples: [
    {
      title: 'one that fits', as: 'ada', given: { task: { status: 'todo', tags: ['$unique'] } },
      input: { tags: ['$unique'] },
      answers: { task: { key: '$task', status: 'in_progress', assignee: 'ada' } },
    },
    {
      title: 'nothing to do', as: 'ada', input: { tags: ['there-is-no-such-tag'] },
      answers: { task: null },
    },
  ],
})

export const release = command('task.release', {
  summary: 'Give a task back: to todo, unassigned.',
  on: 'task',
  who: movers,
  answers: Task,
  errors: [...moveErrors],
  everyday: true,
  examples: [{
    title: 'its own', as: 'ada', given: { task: { status: 'in_progress', assignee: 'ada' } },
    input: { id: '$task', reason: 'Out of my depth' }, answers: { status: 'todo', assignee: null },
  }],
})

export const heartbeat = command('task.heartbeat', {
  summary: 'Say that you are still working on it: extends the lease.',
  on: 'task',
  who: { agent: { mode: 'worker' }, human: 'operator' },
  answers: Task,
  errors: ['lease_lost'],
  everyday: true,
  examples: [
    {
      title: 'by the holder', as: 'ada',
      given: { task: { status: 'in_progress', assignee: 'ada' } },
      input: { id: '$task' }, answers: { status: 'in_progress', assignee: 'ada' },
    },
    {
      title: 'by someone else', as: 'bob',
      given: { task: { status: 'in_progress', assignee: 'ada' } },
      input: { id: '$task' }, refused: 'forbidden',
    },
  ],
})

export const comment = command('task.comment', {
  summary: 'Add a remark to the history of a task.',
  on: 'task',
  who: movers,
  input: { body: textUpTo(64).refine((text) => text.trim() !== '', 'A comment says something') },
  answers: Task,
  everyday: true,
  examples: [{
    title: 'a remark', given: { task: { status: 'todo' } },
    input: { id: '$task', body: 'See the notes of Monday.' }, answers: { key: '$task' },
  }],
})

export const start = command('task.start', {
  summary: 'Start a task that is assigned to you.',
  on: 'task',
  who: workers,
  answers: Moved,
  errors: [...moveErrors, 'limit_reached', 'risk_blocked', 'budget_exceeded'],
  examples: [{
    title: 'its own', as: 'ada', given: { task: { status: 'todo', assigned: 'ada' } },
    input: { id: '$task' }, answers: { result: 'applied', task: { status: 'in_progress' } },
  }],
})

export const complete = command('task.complete', {
  summary: 'Finish: in_progress → review → done in one go.',
  description: 'Stops where a gate holds it and answers `pending`; approval finishes it.',
  on: 'task',
  who: movers,
  input: outcomeInput,
  answers: Moved,
  errors: [...moveErrors],
  everyday: true,
  examples: [{
    title: 'done', as: 'ada', given: { task: { status: 'in_progress', assignee: 'ada' } },
    input: { id: '$task', output: { lines: 42 } },
    answers: {
      result: 'applied', task: { status: 'done', outcome: 'completed', output: { lines: 42 } },
    },
  }],
})

export const fail = command('task.fail', {
  summary: 'Give up: cancelled with the outcome `failed`.',
  on: 'task',
  who: movers,
  input: { output: Json.optional() },
  answers: Moved,
  errors: [...moveErrors],
  everyday: true,
  destructive: true,
  examples: [{
    title: 'it cannot be done', as: 'ada',
    given: { task: { status: 'in_progress', assignee: 'ada' } },
    input: { id: '$task', reason: 'The API is gone' },
    answers: { task: { status: 'cancelled', outcome: 'failed' } },
  }],
})

export const cancel = command('task.cancel', {
  summary: 'Withdraw a task: cancelled with the outcome `abandoned`.',
  on: 'task',
  who: movers,
  input: { output: Json.optional() },
  answers: Moved,
  errors: [...moveErrors],
  destructive: true,
  examples: [{
    title: 'nobody needs it', given: { task: { status: 'todo' } }, input: { id: '$task' },
    answers: { task: { status: 'cancelled', outcome: 'abandoned' } },
  }],
})
