/**
 * Links between types: a field of one leads to the answer of another operation. This table is all
 * there is to say about them; a new row is a new link.
 */
import { GraphQLNonNull } from 'graphql'
import type { GraphQLOutputType } from 'graphql'
import type { Operation } from '../../operations/define.ts'
import { operationsByName } from '../../operations/index.ts'
import { operationSchemas } from '../schemas.ts'
import { fieldsOf, namedInput, readLinked } from './call.ts'
import type { Input } from './context.ts'
import { problemError } from './errors.ts'
import type { Fields, Types } from './types.ts'

type Link = {
  on: string
  name: string
  operation: string
  /** Input of the operation → where in the source its value is. */
  from: Record<string, string>
  /** Only where the source says so; else null. */
  when?: Record<string, string>
}

export const links: readonly Link[] = [
  { on: 'Task', name: 'assigneeAgent', operation: 'agent.get', from: { id: 'assignee' } },
  { on: 'Task', name: 'creatorAgent', operation: 'agent.get', from: { id: 'creator' } },
  { on: 'Task', name: 'parentTask', operation: 'task.get', from: { id: 'parent' } },
  {
    on: 'Task', name: 'workstreamDetail', operation: 'workstream.get', from: { id: 'workstream' },
  },
  { on: 'Task', name: 'subtasks', operation: 'task.list', from: { parent: 'id' } },
  { on: 'Task', name: 'gateDetail', operation: 'gate.get', from: { id: 'gate' } },
  { on: 'Task', name: 'gates', operation: 'gate.list', from: { task: 'id' } },
  { on: 'Task', name: 'events', operation: 'event.list', from: { task: 'id' } },
  { on: 'Task', name: 'history', operation: 'task.history', from: { id: 'id' } },
  { on: 'Task', name: 'transfers', operation: 'credits.history', from: { task: 'id' } },
  { on: 'Task', name: 'engine', operation: 'task.engine', from: { id: 'id' } },
  {
    on: 'Gate', name: 'task', operation: 'task.get', from: { id: 'subject.id' },
    when: { 'subject.kind': 'task' },
  },
  { on: 'Gate', name: 'requestedByAgent', operation: 'agent.get', from: { id: 'requested_by' } },
  { on: 'Vote', name: 'byAgent', operation: 'agent.get', from: { id: 'by' } },
  { on: 'GatePolicy', name: 'task', operation: 'task.get', from: { id: 'scope.task' } },
  { on: 'Workstream', name: 'tasks', operation: 'task.list', from: { workstream: 'id' } },
  {
    on: 'Workstream', name: 'createdByAgent', operation: 'agent.get', from: { id: 'created_by' },
  },
  { on: 'Agent', name: 'reportsToAgent', operation: 'agent.get', from: { id: 'reports_to' } },
  { on: 'Agent', name: 'reports', operation: 'agent.list', from: { reports_to: 'handle' } },
  { on: 'Agent', name: 'tasks', operation: 'task.list', from: { assignee: 'handle' } },
  { on: 'Agent', name: 'balance', operation: 'credits.balance', from: { agent: 'handle' } },
  { on: 'Agent', name: 'transfers', operation: 'credits.history', from: { agent: 'handle' } },
  { on: 'Agent', name: 'events', operation: 'event.list', from: { actor: 'handle' } },
  { on: 'Agent', name: 'keys', operation: 'agent.key_list', from: { id: 'handle' } },
  { on: 'Agent', name: 'tokens', operation: 'agent.token_list', from: { id: 'handle' } },
  {
    on: 'Event', name: 'task', operation: 'task.get', from: { id: 'subject.id' },
    when: { 'subject.kind': 'task' },
  },
  {
    on: 'Event', name: 'gate', operation: 'gate.get', from: { id: 'subject.id' },
    when: { 'subject.kind': 'gate' },
  },
  {
    on: 'Event', name: 'workstream', operation: 'workstream.get', from: { id: 'subject.id' },
    when: { 'subject.kind': 'workstream' },
  },
  {
    on: 'Event', name: 'actorAgent', operation: 'agent.get', from: { id: 'actor.handle' },
    when: { 'actor.kind': 'agent' },
  },
  { on: 'Transfer', name: 'agentDetail', operation: 'agent.get', from: { id: 'agent' } },
  { on: 'Transfer', name: 'taskDetail', operation: 'task.get', from: { id: 'task' } },
  {
    on: 'Transfer', name: 'triggerEventDetail', operation: 'event.get',
    from: { id: 'trigger_event' },
  },
  { on: 'Balance', name: 'agentDetail', operation: 'agent.get', from: { id: 'agent' } },
]

/** Waiting for a change is for whoever asks about one thing. */
const neverLinked = ['wait', 'settled']

/** The link fields of a type; a missing thing is null, every other refusal an error. */
export function linkFields(type: string, types: () => Types): Fields {
  const fields: Fields = {}
  for (const link of links.filter(({ on }) => on === type)) {
    fields[link.name] = linkField(link, operationsByName.get(link.operation)!, types())
  }
  return fields
}

function linkField(link: Link, operation: Operation, types: Types): Fields[string] {
  const { answers } = operationSchemas()
  const properties = Object.fromEntries(Object.entries(fieldsOf(operation).properties)
    .filter(([name]) => !(name in link.from) && !neverLinked.includes(name)))
  return {
    type: nullable(types.answer(answers.of.get(operation.name)!)),
    description: operation.summary,
    args: types.inputFields(properties),
    extensions: { calls: true },
    resolve: async (source, values, context) => {
      const fixed = linkedInput(link, source)
      if (!fixed) return null
      const input = { ...namedInput(operation, values), ...fixed }
      const reply = await readLinked(operation, input, context)
      if (reply.ok) return reply.body
      if (reply.problem.code === 'not_found') return null
      throw problemError(reply.problem)
    },
  }
}

export const nullable = (type: GraphQLOutputType): GraphQLOutputType =>
  type instanceof GraphQLNonNull ? type.ofType as GraphQLOutputType : type

/** Null where the source names nothing to lead to. */
function linkedInput({ from, when = {} }: Link, source: unknown): Input | null {
  for (const [path, value] of Object.entries(when)) {
    if (at(source, path) !== value) return null
  }
  const input: Input = {}
  for (const [field, path] of Object.entries(from)) {
    input[field] = at(source, path)
    if (input[field] === null || input[field] === undefined) return null
  }
  return input
}

const at = (source: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Input | null)?.[name], source)
