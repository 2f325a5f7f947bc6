/** An operation's fields as flags: what kind each is, and how its text becomes a value. */
import { z } from 'zod'
import type { Operation } from '../operations/define.ts'

export type Schema = {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
  description?: string
}

export type Kind = 'text' | 'number' | 'boolean' | 'list' | 'object' | 'record' | 'json'

export type Field = {
  name: string
  /** As typed: `lease-seconds`. */
  flag: string
  kind: Kind
  isNeeded: boolean
  schema: Schema
}

/** A flag whose text is not of its kind; exits as wrong use. */
export class UsageError extends Error {}

/** The whole input with every `$ref` replaced: no shape contains itself. */
function inputSchema({ input }: Operation): Schema {
  const { $defs = {}, ...root } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as
    Schema & { $defs?: Record<string, Schema> }
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline)
    if (typeof value !== 'object' || value === null) return value
    const { $ref, ...rest } = value as Schema
    // What is referred to may be a reference itself.
    const target = $ref ? inline($defs[$ref.split('/').at(-1)!]) as Schema : {}
    const own = Object.entries(rest).map(([name, part]) => [name, inline(part)])
    return { ...target, ...Object.fromEntries(own) }
  }
  return inline(root) as Schema
}

export const flagOf = (name: string): string => name.replaceAll('_', '-')

/** The fields that are flags: everything but what stands in the path. */
export function fieldsOf(operation: Operation): Field[] {
  const { properties = {}, required = [] } = inputSchema(operation)
  return Object.entries(properties).filter(([name]) => !operation.params.includes(name))
    .map(([name, schema]) => ({
      name, flag: flagOf(name), kind: kindOf(schema), isNeeded: required.includes(name), schema,
    }))
}

const typesOf = ({ type }: Schema): string[] => (type === undefined ? [] : [type].flat())
const parts = (schema: Schema): Schema[] => schema.anyOf?.flatMap(parts) ?? [schema]
const allowsNull = (schema: Schema): boolean =>
  parts(schema).some((part) => typesOf(part).includes('null'))

/** The richest kind wins: what may be text is text, so that nothing has to be quoted twice. */
export function kindOf(schema: Schema): Kind {
  const some = parts(schema)
  const has = (name: string): boolean => some.some((part) => typesOf(part).includes(name))
  if (has('string') || some.some((part) => part.enum)) return 'text'
  if (has('integer') || has('number')) return 'number'
  if (has('boolean')) return 'boolean'
  if (has('array')) return 'list'
  const object = some.find((part) => typesOf(part).includes('object'))
  if (!object) return 'json'
  return object.properties ? 'object' : 'record'
}

function parseJson(text: string, flag: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`--${flag} takes JSON, such as '{"name": 1}'`)
  }
}

/** The value that a flag's text stands for. `null` clears what can be empty. */
export function valueOf(schema: Schema, text: string, flag: string): unknown {
  if (text === 'null' && allowsNull(schema)) return null
  switch (kindOf(schema)) {
    case 'text': return text
    case 'number': return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean': return text === 'true' ? true : text === 'false' ? false : text
    case 'list': return listOf(schema, [text], flag)
    case 'object':
    case 'record': return parseJson(text, flag)
    case 'json': return anything(text)
  }
}

/** Free JSON: what is not JSON is a text. */
function anything(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Lists: repeated, with commas, or as JSON. */
export function listOf(schema: Schema, texts: string[], flag: string): unknown[] {
  const { items = {} } = parts(schema).find((part) => part.items) ?? {}
  return texts.flatMap((text) => {
    const start = text.trimStart()[0]
    if (start === '[') return parseJson(text, flag) as unknown[]
    if (start === '{') return [parseJson(text, flag)]
    if (kindOf(items) === 'object') return [parseJson(text, flag)]
    return text.split(',').filter((one) => one !== '').map((one) => valueOf(items, one, flag))
  })
}

/** Goes down the shapes along `a.b.c`; in a record the rest of the path is one name. */
export function findNested(
  schema: Schema, path: string[], flag: string,
): { names: string[]; leaf: Schema } {
  if (!path.length) return { names: [], leaf: schema }
  const [head, ...rest] = path as [string, ...string[]]
  const object = parts(schema).find((part) => typesOf(part).includes('object'))
  const { properties, additionalProperties } = object ?? {}
  if (!properties && typeof additionalProperties === 'object') {
    return { names: [path.join('.')], leaf: additionalProperties }
  }
  const name = [head, head.replaceAll('-', '_')].find((one) => properties?.[one])
  if (!name) throw new UsageError(`--${flag}: there is no ${head} there`)
  const { names, leaf } = findNested(properties![name]!, rest, flag)
  return { names: [name, ...names], leaf }
}
