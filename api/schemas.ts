/**
 * The JSON Schemas of all operations, made once: what GraphQL types and the OpenAPI document are
 * built from. Every named shape appears once, under its id.
 */
import { z } from 'zod'
import type { Operation } from '../operations/define.ts'
import { operations } from '../operations/index.ts'

export type JsonSchema = {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  additionalProperties?: boolean | JsonSchema
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  [keyword: string]: unknown
}

export type Schemas = {
  /** By id. */
  definitions: ReadonlyMap<string, JsonSchema>
  /** By the name of the operation; mostly a `$ref`. */
  of: ReadonlyMap<string, JsonSchema>
}

/** `#/$defs/Task` → `Task`. */
export const nameOf = ({ $ref }: JsonSchema): string | null => $ref?.split('/').at(-1) ?? null

/** What stands behind a reference. */
export function targetOf(schema: JsonSchema, { definitions }: Schemas): JsonSchema {
  const name = nameOf(schema)
  return name === null ? schema : definitions.get(name)!
}

/** The schema without `null`, and whether it had it. Something of no type may be anything. */
export function withoutNull(schema: JsonSchema): { schema: JsonSchema; isNullable: boolean } {
  const { anyOf, type } = schema
  if (anyOf) {
    const rest = anyOf.filter((part) => part.type !== 'null')
    const isNullable = rest.length < anyOf.length
    return { schema: rest.length === 1 ? { ...rest[0], ...describe(schema) } : schema, isNullable }
  }
  if (Array.isArray(type) && type.includes('null')) {
    const rest = type.filter((name) => name !== 'null')
    return { schema: { ...schema, type: rest.length === 1 ? rest[0]! : rest }, isNullable: true }
  }
  return { schema, isNullable: false }
}

const describe = ({ description }: JsonSchema) =>
  (description === undefined ? {} : { description })

function collect(io: 'input' | 'output', root: (operation: Operation) => z.ZodType): Schemas {
  const definitions = new Map<string, JsonSchema>()
  const of = new Map<string, JsonSchema>()
  for (const operation of operations) {
    const { $schema: _, $defs, ...schema } = z.toJSONSchema(root(operation), {
      io, unrepresentable: 'any',
    }) as JsonSchema & { $defs?: Record<string, JsonSchema> }
    for (const [id, definition] of Object.entries($defs ?? {})) addOnce(definitions, id, definition)
    of.set(operation.name, schema)
  }
  return { definitions, of }
}

/** Two shapes under one id would make clients believe the one that came first. */
function addOnce(definitions: Map<string, JsonSchema>, id: string, definition: JsonSchema): void {
  const known = definitions.get(id)
  if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
    throw new Error(`Two shapes are called ${id}: give one of them another id`)
  }
  definitions.set(id, definition)
}

let made: { inputs: Schemas; answers: Schemas } | null = null

/** What operations take and what they answer. */
export function operationSchemas(): { inputs: Schemas; answers: Schemas } {
  made ??= {
    inputs: collect('input', ({ input }) => input),
    answers: collect('output', ({ answers }) => answers),
  }
  return made
}
