/** What a task says about itself: its past, what it waits for, what its workflow knows. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { query } from './define.ts'
import { Event } from './events.ts'
import { Instant, pageOf, paging } from './shapes.ts'
import { Waiting } from './tasks.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }

export const history = query('task.history', {
  summary: 'Everything that happened to a task, newest first.',
  on: 'task',
  who: anyone,
  input: { ...paging },
  answers: pageOf(Event, 'HistoryPage'),
  examples: [{
    title: 'a young one', given: { task: { status: 'todo' } }, input: { id: '$task' },
    answers: { items: [{ type: 'task.created' }] },
  }],
})

export const waiting = query('task.waiting', {
  summary: 'What a task waits for, from whom, until when, and what would unblock it.',
  on: 'task',
  who: anyone,
  answers: z.object({ task: z.string(), waiting: Waiting.nullable() }).meta({ id: 'TaskWaiting' }),
  everyday: true,
  examples: [{
    title: 'for someone to take it', given: { task: { status: 'todo' } }, input: { id: '$task' },
    answers: { task: '$task', waiting: { for: 'claim', unblock: ['task.claim', 'task.next'] } },
  }],
})

export const engine = query('task.engine', {
  summary: 'What the workflow of a task knows: a live query with a deadline of one second.',
  on: 'task',
  who: { human: 'operator' },
  answers: z.object({
    task: z.string(),
    workflow_id: z.string(),
    run_id: z.string().nullable(),
    status: z.string(),
    version: z.int(),
    settled_version: z.int(),
    seen_version: z.int(),
    engine_settled_version: z.int().nullable()
      .meta({ description: 'The version the workflow last found settled' }),
    deadline_at: Instant.nullable().meta({ description: 'When the workflow wakes up by itself' }),
    wake_at: Instant.nullable().meta({ description: 'When Postgres expects it to' }),
    parked: z.array(z.object({
      version: z.int(), step: z.string(), error: z.string(), retry_at: Instant,
    }).meta({ id: 'ParkedStep' })),
    workflow_url: z.string().nullable(),
  }).meta({ id: 'TaskEngine' }),
  errors: ['engine_unavailable'],
  examples: [{
    title: 'it runs', given: { task: { status: 'todo', settled: true } }, input: { id: '$task' },
    answers: { task: '$task', status: 'RUNNING', settled_version: 1 },
  }],
})
