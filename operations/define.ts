/**
 * What an operation is: data only, browser-safe. Every surface is a loop over these; adding one
 * here adds its REST route, MCP tool, GraphQL field, CLI verb, SDK method and reference page.
 */
import { z } from 'zod'
import type { Who } from '../domain/agents.ts'
import type { ErrorCode } from '../domain/errors.ts'
import { Reason, Ref } from './shapes.ts'

/** A worked case, executed on every surface by the conformance test. `$names` are placeholders. */
export type Example = {
  title: string
  /** The handle that calls: `owner` where it is not given. */
  as?: string
  /** What is there before; see test/harness/given.ts. */
  given?: Record<string, unknown>
  input?: Record<string, unknown>
  /** A part of the answer that must match. */
  answers?: unknown
  refused?: ErrorCode
}

type Definition<Shape extends z.ZodRawShape> = {
  summary: string
  /** More, where the summary does not say it all. */
  description?: string
  /** The noun that `id` names: the operation is about one of them. */
  on?: string
  who: Who
  input?: Shape
  answers: z.ZodType
  errors?: ErrorCode[]
  examples: Example[]
  /** A worker agent sees it among its (at most 20) tools. */
  everyday?: boolean
  /** The answer shows a secret, once: a replay answers it as null. Names the path to it. */
  secret?: readonly string[]
  /** A single read that can wait: until it changes, is decided, or (tasks) is settled. */
  waits?: boolean
  /** The list can be had as CSV, whole: the fields of its items that are columns. */
  csv?: readonly string[]
  /** It may take back or end something. */
  destructive?: boolean
  /** It brings new work: refused while the engine is too far behind. */
  startsWork?: boolean
}

/** What path parameters there can be; each operation has those its route names. */
type Params = {
  id: string
  key: string
  token: string
  policy: string
  hold: string
  budget: string
  price: string
  rate: string
}

/** What a handler is given: the parsed fields of an operation and its path parameters. */
export type InputOf<O> = O extends Operation<infer Shape>
  ? z.output<z.ZodObject<Shape>> & Params & { reason?: string } : never

export type Operation<Shape extends z.ZodRawShape = z.ZodRawShape> =
  Omit<Definition<Shape>, 'input'> & {
  name: string
  noun: string
  verb: string
  kind: 'query' | 'command'
  errors: ErrorCode[]
  /** Path parameters, in order. */
  params: string[]
  route: { method: 'GET' | 'POST' | 'PATCH' | 'DELETE'; path: string }
  /** 200, or 201 where it creates something. */
  status: 200 | 201
  /** Tool name and OpenAPI operationId. */
  tool: string
  /** Path parameters and fields together, strict. */
  input: z.ZodObject
}

const commandErrors: ErrorCode[] = [
  'frozen', 'idempotency_conflict', 'storage_unavailable', 'outcome_unknown',
]
const everywhere: ErrorCode[] = [
  'invalid_input', 'unauthenticated', 'forbidden', 'rate_limited', 'internal',
  'storage_unavailable',
]

type None = Record<never, never>
type Define = <Shape extends z.ZodRawShape = None>(
  name: string, definition: Definition<Shape>,
) => Operation<Shape>

export const query: Define = (name, definition) => define(name, 'query', definition)
export const command: Define = (name, definition) => define(name, 'command', definition)

/** Waiting is part of the input of what can wait, so that every surface has it. */
const waiting = {
  wait: z.int().min(0).max(30).optional()
    .meta({ description: 'Answer later: seconds, at most 30' }),
  settled: z.boolean().optional().meta({ description: 'With wait: until settled_at is set' }),
}

function define<Shape extends z.ZodRawShape>(
  name: string, kind: Operation['kind'], definition: Definition<Shape>,
): Operation<Shape> {
  const [noun, verb] = name.split('.') as [string, string]
  const { path, method, params } = routeOf(noun, verb, kind, definition.on !== undefined)
  const errors = new Set<ErrorCode>([
    ...everywhere, ...(params.length ? ['not_found' as const] : []),
    ...(kind === 'command' ? commandErrors : []), ...(definition.errors ?? []),
  ])
  const shape: z.ZodRawShape = {
    ...Object.fromEntries(params.map((param) => [param, Ref])),
    ...definition.input,
    ...(definition.waits ? waiting : {}),
    ...(kind === 'command' && !definition.input?.reason ? { reason: Reason.optional() } : {}),
  }
  const creates = verb === 'create' || verb === 'register' || verb.endsWith('_create')
  return {
    ...definition,
    name, noun, verb, kind, params,
    errors: [...errors],
    route: { method, path },
    status: creates ? 201 : 200,
    tool: `${noun}_${verb}`,
    input: z.strictObject(shape).meta({ id: `${pascal(name)}Input` }),
  }
}

export const pascal = (name: string): string =>
  name.split(/[._]/).map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')

const plurals: Record<string, string> = {
  policy: 'policies', credits: 'credits', knowledge: 'knowledge',
}
export const pluralOf = (noun: string): string => plurals[noun] ?? `${noun}s`
/** Nouns that are one thing: the current workspace is `/workspace`. */
const singletons = new Set(['workspace'])
/** Sub-nouns that belong to no single parent: `/gates/policies`. */
const ownerless = new Set([
  'policy', 'rate', 'price', 'template', 'channel', 'grant', 'budget', 'hold',
])

type Route = { method: Operation['route']['method']; path: string; params: string[] }
const methods: Record<string, Operation['route']['method']> = {
  list: 'GET', get: 'GET', create: 'POST', update: 'PATCH', delete: 'DELETE', revoke: 'DELETE',
}

/** Routes follow from names; see the contract, §3. */
export function routeOf(
  noun: string, verb: string, kind: Operation['kind'], onOne: boolean,
): Route {
  const base = singletons.has(noun) && !onOne ? `/${noun}` : `/${pluralOf(noun)}`
  const method = kind === 'query' ? 'GET' : 'POST'
  const parts = verb.split('_')
  const sub = parts.at(-1)!
  if (parts.length === 2 && methods[sub]) return subRoute(base, parts[0]!, sub)
  if (singletons.has(noun) && methods[verb]) {
    return { method: methods[verb], path: base, params: [] }
  }
  if (verb === 'list' || verb === 'create') {
    return { method: methods[verb]!, path: base, params: [] }
  }
  if (['get', 'update', 'delete'].includes(verb)) {
    return { method: methods[verb]!, path: `${base}/{id}`, params: ['id'] }
  }
  const word = verb.replaceAll('_', '-')
  return onOne
    ? { method, path: `${base}/{id}/${word}`, params: ['id'] }
    : { method, path: `${base}/${word}`, params: [] }
}

/** `key_create` → `/agents/{id}/keys`; `policy_delete` → `/gates/policies/{policy}`. */
function subRoute(base: string, sub: string, verb: string): Route {
  const owned = !ownerless.has(sub)
  const one = ['get', 'update', 'delete', 'revoke'].includes(verb)
  return {
    method: methods[verb]!,
    path: `${base}${owned ? '/{id}' : ''}/${pluralOf(sub)}${one ? `/{${sub}}` : ''}`,
    params: [...(owned ? ['id'] : []), ...(one ? [sub] : [])],
  }
}
