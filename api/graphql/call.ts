/** Resolvers: every field of Query and Mutation, and every link, is one call of one operation. */
import DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import { refuse } from '../../domain/errors.ts'
import type { Operation } from '../../operations/define.ts'
import type { Reply } from '../../handlers/invoke.ts'
import { invoke } from '../../handlers/invoke.ts'
import type { JsonSchema } from '../schemas.ts'
import { operationSchemas, targetOf, withoutNull } from '../schemas.ts'
import type { CallContext, Input } from './context.ts'
import { problemError, refusalError } from './errors.ts'
import { camel } from './names.ts'

/** Arguments of every command besides its own fields. */
export type CommandArguments = { idempotencyKey?: string | null; ifMatch?: string | null }

/** camelCase back to the operation's names, as deep as its schema has names; JSON stays. */
function inputOf(schema: JsonSchema, value: unknown): unknown {
  if (value === null || value === undefined) return value
  const target = targetOf(withoutNull(schema).schema, operationSchemas().inputs)
  if (target.items && Array.isArray(value)) {
    return value.map((item) => inputOf(target.items!, item))
  }
  if (!target.properties) return value
  const given = value as Input
  const input: Input = {}
  for (const [name, property] of Object.entries(target.properties)) {
    const part = given[camel(name)]
    if (part !== undefined) input[name] = inputOf(property, part)
  }
  return input
}

/** The arguments of a field as the input of its operation. */
export const namedInput = ({ name }: Operation, values: Input): Input =>
  inputOf(operationSchemas().inputs.of.get(name)!, values) as Input

type Properties = Record<string, JsonSchema>

/** The properties of an operation's input, and which of them must be there. */
export function fieldsOf({ name }: Operation): { properties: Properties; required: string[] } {
  const { inputs } = operationSchemas()
  const { properties = {}, required = [] } = targetOf(inputs.of.get(name)!, inputs)
  return { properties, required }
}

/** Answers a field of Query or Mutation. */
export async function resolveOperation(
  operation: Operation, values: Input & CommandArguments, context: CallContext,
  info: GraphQLResolveInfo,
): Promise<unknown> {
  const { deps, identity, instance, turns } = context
  const input = namedInput(operation, values)
  const isCommand = operation.kind === 'command'
  const { key, ifMatch } = isCommand
    ? guardsOf(values, context, info) : { key: null, ifMatch: null }
  const reply = await turns.take(() =>
    invoke(deps.context, { operation, identity, input, key, ifMatch, instance }))
  if (isCommand) {
    context.commands[String(info.path.key)] = {
      idempotencyKey: reply.key, replayed: reply.ok && reply.replayed,
    }
  }
  if (!reply.ok) throw problemError(reply.problem)
  return reply.body
}

/** Headers are never ignored: they hold for the one command there is, or are refused. */
function guardsOf(
  { idempotencyKey, ifMatch }: CommandArguments, { headers, instance }: CallContext,
  { operation }: GraphQLResolveInfo,
): { key: string | null; ifMatch: string | null } {
  const { selections } = operation.selectionSet
  const isAlone = selections.length === 1 && selections[0]!.kind === 'Field'
  if ((headers.key ?? headers.ifMatch) !== null && !isAlone) {
    throw refusalError(refuse('invalid_input',
      'With more than one command, give idempotencyKey and ifMatch as arguments, not as headers',
      { errors: [] }), instance)
  }
  return { key: idempotencyKey ?? headers.key, ifMatch: ifMatch ?? headers.ifMatch }
}

/** Reads for links: equal calls of one moment are one call, and a query never repeats one. */
export function readLinked(
  operation: Operation, input: Input, context: CallContext,
): Promise<Reply> {
  const known = context.loaders.get(operation)
  if (known) return known.load(input)
  const { deps, identity, instance, turns, remembers } = context
  const read = (one: Input): Promise<Reply> => turns.take(() =>
    invoke(deps.context, { operation, identity, input: one, instance }))
  const loader = new DataLoader<Input, Reply, string>(async (wanted) => {
    const calls = new Map<string, Promise<Reply>>()
    return Promise.all(wanted.map((one) => {
      const name = JSON.stringify(one)
      const call = calls.get(name) ?? read(one)
      calls.set(name, call)
      return call
    }))
  }, { cache: remembers, cacheKeyFn: JSON.stringify })
  context.loaders.set(operation, loader)
  return loader.load(input)
}
