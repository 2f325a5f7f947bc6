/** The shared parts of the OpenAPI document: shapes, headers and parameters. */
import { catalogue } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import { operations } from '../operations/index.ts'
import type { JsonSchema } from './schemas.ts'
import { nameOf, operationSchemas, targetOf } from './schemas.ts'

export type Json = Record<string, unknown>

/** Path parameters and fields together. */
export const inputOf = ({ name }: Operation): JsonSchema => {
  const { inputs } = operationSchemas()
  return targetOf(inputs.of.get(name)!, inputs)
}

/** The fields that are not in the path. */
export const fieldsOf = (operation: Operation): string[] =>
  Object.keys(inputOf(operation).properties ?? {})
    .filter((name) => !operation.params.includes(name))

/** Path parameters are part of the input, but not of the body. */
export const bodyName = ({ input }: Operation): string => input.meta()!.id!

/** Every shape once, by its id, sorted. */
export function schemas(): Record<string, Json> {
  const { inputs, answers } = operationSchemas()
  const all: Record<string, Json> = { Problem: problem }
  for (const [id, schema] of answers.definitions) all[id] = open(rewritten(schema))
  for (const [id, schema] of inputs.definitions) all[id] = rewritten(schema)
  for (const operation of operations) {
    const { properties = {}, required = [], ...rest } = inputOf(operation)
    const fields = fieldsOf(operation)
    if (operation.kind === 'query') delete all[bodyName(operation)]
    else {
      const mandatory = required.filter((name) => fields.includes(name))
      all[bodyName(operation)] = rewritten({
        ...rest, properties: Object.fromEntries(fields.map((name) => [name, properties[name]!])),
        ...(mandatory.length ? { required: mandatory } : {}),
      })
    }
  }
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Answers may get more fields later: clients are not told that there are none. */
function open({ additionalProperties, ...schema }: Json): Json {
  return additionalProperties === false || additionalProperties === undefined
    ? schema : { ...schema, additionalProperties }
}

/**
 * References into the document; without the bounds of JavaScript's numbers and without patterns
 * that only repeat what a format says.
 */
export function rewritten(schema: JsonSchema): Json {
  const {
    $ref, pattern, properties, items, anyOf, additionalProperties, minimum, maximum, ...rest
  } = schema
  const isUnbounded = maximum === Number.MAX_SAFE_INTEGER
  return {
    ...rest,
    ...($ref ? { $ref: `#/components/schemas/${nameOf(schema)}` } : {}),
    ...(pattern && !rest.format ? { pattern } : {}),
    ...(isUnbounded ? { format: 'int64' } : maximum === undefined ? {} : { maximum }),
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(items ? { items: rewritten(items) } : {}),
    ...(anyOf ? { anyOf: anyOf.map(rewritten) } : {}),
    ...(properties ? { properties: mapped(properties) } : {}),
    ...(additionalProperties === undefined ? {} : {
      additionalProperties: typeof additionalProperties === 'object'
        ? rewritten(additionalProperties) : additionalProperties,
    }),
  }
}

const mapped = (properties: Record<string, JsonSchema>): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, rewritten(part)]))

const text = { type: 'string' }
const problem: Json = {
  type: 'object',
  description: 'RFC 9457; some codes carry more fields, such as `allowed` or `available`',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: text, title: text, status: { type: 'integer' }, detail: text, instance: text,
    code: { type: 'string', enum: Object.keys(catalogue) },
    hint: { type: ['string', 'null'] },
    errors: {
      type: 'array', description: 'With `invalid_input`: each finding and where it is',
      items: {
        type: 'object', required: ['pointer', 'message'],
        properties: { pointer: { type: 'string', description: 'JSON Pointer' }, message: text },
      },
    },
    retry_after: { type: 'number', description: 'Seconds' },
  },
}

export const headers: Json = {
  'ETag': { description: 'The version, for If-Match', schema: text, example: '"7"' },
  'Idempotency-Key': {
    description: 'The key of this command, made here if you sent none', schema: text,
  },
  'Idempotency-Replayed': {
    description: '`true` where this is the first answer again',
    schema: { type: 'string', const: 'true' },
  },
  'Retry-After': { description: 'Seconds', schema: { type: 'integer' } },
}

export const commandParameters: Json = {
  'Idempotency-Key': {
    name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 255 },
    description: 'The same key and payload again give the first answer again; another payload is '
      + '`idempotency_conflict`. Bare and quoted forms are the same key.',
  },
  'If-Match': {
    name: 'If-Match', in: 'header', schema: text, example: '"7"',
    description: 'Only if it is still at this version; else `version_conflict`',
  },
}
