/** Events: who did what, when and why; appended once and never changed. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { query } from './define.ts'
import {
  Instant, InstantInput, Json, Ref, Severity, Stream, pageOf, paging,
} from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }

const EventActor = z.object({ kind: z.string(), id: z.string().nullable(), handle: z.string() })
  .meta({ id: 'EventActor' })
const EventSubject = z.object({ kind: z.string(), id: z.string(), key: z.string().nullable() })
  .meta({ id: 'EventSubject' })

export const Event = z.object({
  id: z.string(),
  seq: z.int(),
  stream: Stream,
  type: z.string(),
  severity: Severity,
  actor: EventActor,
  on_behalf_of: z.string().nullable(),
  subject: EventSubject,
  reason: z.string().nullable(),
  data: Json,
  trigger_event: z.string().nullable(),
  occurred_at: Instant,
  hash: z.string(),
  previous_hash: z.string().nullable(),
}).meta({ id: 'Event' })

export const list = query('event.list', {
  summary: 'Events, oldest first.',
  description: '`cursor` also resumes the live streams: it holds the place in both.',
  who: anyone,
  input: {
    ...paging,
    task: Ref.optional(),
    actor: Ref.optional(),
    type: z.string().max(64).optional(),
    since: InstantInput.optional(),
    severity: Severity.optional(),
    stream: Stream.optional(),
  },
  answers: pageOf(Event, 'EventPage'),
  errors: ['not_found'],
  everyday: true,
  examples: [{
    title: 'how a task began', given: { task: { status: 'todo' } },
    input: { task: '$task', limit: 1 },
    answers: { items: [{ type: 'task.created', subject: { kind: 'task', key: '$task' } }] },
  }],
})

export const get = query('event.get', {
  summary: 'One event by its id.',
  on: 'event',
  who: anyone,
  answers: Event,
  examples: [
    {
      title: 'the first of a task', given: { task: { status: 'todo' } }, input: { id: '$event' },
      answers: { id: '$event', type: 'task.created' },
    },
    { title: 'none', input: { id: '01900000-0000-7000-8000-000000000000' }, refused: 'not_found' },
  ],
})

const StreamProof = z.object({
  stream: Stream,
  ok: z.boolean(),
  events: z.int(),
  head: z.string().nullable(),
  first_bad_seq: z.int().nullable(),
  signed_seq: z.int().meta({ description: 'Where its last signed head stands; 0 = nowhere' }),
  detail: z.string(),
}).meta({ id: 'StreamProof' })

export const verify = query('event.verify', {
  summary: 'Recompute the hash chain of both streams, and compare it with their signed heads.',
  who: anyone,
  answers: z.object({
    ok: z.boolean(),
    workspace: z.string(),
    streams: z.array(StreamProof),
    duration_ms: z.number(),
  }).meta({ id: 'ChainProof' }),
  examples: [{ title: 'it holds', answers: { ok: true } }],
})
