/**
 * JSON Schema as tools carry it. Inputs are inlined, because many model providers do not follow
 * `$ref`; answers keep their definitions. No `$schema`: the older validators know draft 7 only, and
 * nothing here differs between the drafts.
 */
import { z } from 'zod'
import type { Operation } from '../operations/define.ts'

export type Schema = { [keyword: string]: unknown }
type ObjectSchema = Schema & { type: 'object'; properties: Record<string, Schema> }
type Definitions = Record<string, Schema>

const idempotencyKey: Schema = {
  type: 'string', minLength: 1, maxLength: 255,
  description: 'Same key and input: the first answer again. Repeat it when you retry.',
}
const ifMatch: Schema = {
  type: ['string', 'integer'],
  description: 'The version you last saw; refused when it has changed since',
}

/** Says the same in fewer words: tools are read by models, and every word is paid for. */
function shorten({ jsonSchema: schema }: { jsonSchema: Schema }): void {
  if (schema.format !== undefined) delete schema.pattern
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

/** Clients compile every answer's schema when they list tools: how a text looks is not for them. */
function coarsen(given: { jsonSchema: Schema }): void {
  shorten(given)
  delete given.jsonSchema.format
  delete given.jsonSchema.pattern
}

/** The schema of what is sent. Answers never transform, so the same side describes them too. */
function convert(
  type: z.ZodType, override: typeof shorten,
): { root: Schema; definitions: Definitions } {
  const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(type, {
    io: 'input', unrepresentable: 'any', override,
  }) as Schema & { $defs?: Definitions }
  return { root, definitions: $defs }
}

const nameIn = (ref: unknown): string => String(ref).split('/').at(-1)!

function inline(value: unknown, definitions: Definitions): unknown {
  if (Array.isArray(value)) return value.map((part) => inline(part, definitions))
  if (typeof value !== 'object' || value === null) return value
  const { $ref, ...rest } = value as Schema
  // What is referred to may be a reference itself.
  const target = $ref === undefined ? {} : inline(definitions[nameIn($ref)], definitions) as Schema
  const own = Object.entries(rest).map(([keyword, part]) => [keyword, inline(part, definitions)])
  return { ...target, ...Object.fromEntries(own) }
}

/** What a tool takes: path parameters and fields together; commands also say how to retry. */
export function inputSchemaOf({ input, kind }: Operation): ObjectSchema {
  const { root, definitions } = convert(input, shorten)
  const schema = inline(root, definitions) as ObjectSchema
  if (kind === 'query') return schema
  return {
    ...schema,
    properties: { ...schema.properties, idempotency_key: idempotencyKey, if_match: ifMatch },
  }
}

const problem: Schema = {
  type: 'object',
  description: 'A refusal, when isError is true',
  properties: {
    code: { type: 'string' },
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string' },
    hint: { type: ['string', 'null'] },
  },
  required: ['code', 'status', 'title', 'detail'],
}

/**
 * What a tool answers: the answer, or the problem. Both are said because clients of the older era
 * check refusals against this schema too.
 */
export function outputSchemaOf({ answers }: Operation): Schema & { type: 'object' } {
  const { root, definitions } = convert(answers, coarsen)
  return {
    type: 'object',
    anyOf: [root, { $ref: '#/$defs/Problem' }],
    $defs: { ...definitions, Problem: problem },
  }
}
