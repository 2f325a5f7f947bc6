/** Workstreams: tasks that belong together, how far they are, and whether more may come. */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import { statuses } from '../domain/tasks.ts'
import { workstreamStatuses } from '../domain/workstreams.ts'
import { command, query } from './define.ts'
import { Instant, Priority, pageOf, paging, textUpTo } from './shapes.ts'

const anyone: Who = { agent: { mode: 'observer' }, human: 'viewer' }
/** As who creates tasks. */
const makers: Who = { agent: { mode: 'orchestrator', level: 2 }, human: 'operator' }

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/
const Name = z.string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Lower-case letters, digits and -, at most 64')
  .refine((name) => !UUID.test(name), 'A name, not an id')
const WorkstreamStatus = z.enum(workstreamStatuses).meta({ id: 'WorkstreamStatus' })

const Progress = z.object(Object.fromEntries(statuses.map((status) => [status, z.int()])))
  .meta({ id: 'Progress', description: 'How many of its tasks are in each status' })

export const Workstream = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  priority: Priority,
  status: WorkstreamStatus,
  created_by: z.string(),
  progress: Progress,
  version: z.int(),
  created_at: Instant,
  updated_at: Instant,
}).meta({ id: 'Workstream' })

const none = Object.fromEntries(statuses.map((status) => [status, 0]))

export const list = query('workstream.list', {
  summary: 'List workstreams, newest first.',
  who: anyone,
  input: {
    ...paging,
    status: z.array(WorkstreamStatus).max(workstreamStatuses.length).optional(),
    priority: Priority.optional(),
  },
  answers: pageOf(Workstream, 'WorkstreamPage'),
  examples: [{
    title: 'those that run', given: { workstream: { name: '$unique' } },
    input: { status: ['active'], limit: 1 },
    answers: { items: [{ name: '$unique', status: 'active' }] },
  }],
})

export const get = query('workstream.get', {
  summary: 'One workstream by id or name, with how far its tasks are.',
  on: 'workstream',
  who: anyone,
  answers: Workstream,
  examples: [
    {
      title: 'by name',
      given: { workstream: { name: '$unique' }, task: { status: 'todo', workstream: '$unique' } },
      input: { id: '$unique' }, answers: { id: '$workstream', progress: { ...none, todo: 1 } },
    },
    { title: 'none', input: { id: 'nowhere' }, refused: 'not_found' },
  ],
})

export const create = command('workstream.create', {
  summary: 'Begin a workstream: a name that tasks and budgets can be put under.',
  who: makers,
  input: {
    name: Name,
    description: textUpTo(64).optional(),
    priority: Priority.optional(),
  },
  answers: Workstream,
  errors: ['duplicate'],
  examples: [
    {
      title: 'the least', input: { name: 'docs' },
      answers: { name: 'docs', status: 'active', priority: 'normal', progress: none, version: 1 },
    },
    {
      title: 'by an agent that creates tasks', as: 'lead',
      input: { name: 'launch', priority: 'high', description: 'Everything before May.' },
      answers: { created_by: 'lead', priority: 'high', description: 'Everything before May.' },
    },
    {
      title: 'a name that is taken', given: { workstream: { name: '$unique' } },
      input: { name: '$unique' }, refused: 'duplicate',
    },
    { title: 'not a name', input: { name: 'Two words' }, refused: 'invalid_input' },
  ],
})

export const update = command('workstream.update', {
  summary: 'Change what a workstream says; completed and archived ones take no more tasks.',
  description: 'Its tasks and budgets stay with it, whatever its name and status.',
  on: 'workstream',
  who: { human: 'operator' },
  input: {
    name: Name.optional(),
    description: textUpTo(64).optional(),
    priority: Priority.optional(),
    status: WorkstreamStatus.optional(),
  },
  answers: Workstream,
  errors: ['duplicate', 'version_conflict'],
  examples: [
    {
      title: 'done with it', given: { workstream: { name: '$unique' } },
      input: { id: '$unique', status: 'completed' }, answers: { status: 'completed', version: 2 },
    },
    {
      title: 'not by an agent', as: 'lead', given: { workstream: { name: '$unique' } },
      input: { id: '$unique', status: 'paused' }, refused: 'forbidden',
    },
  ],
})
