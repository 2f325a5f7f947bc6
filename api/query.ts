/**
 * Query strings carry text; operations want numbers, booleans and lists. What to make of each comes
 * from the operation's JSON Schema, never from guessing. Lists repeat or use commas.
 */
import { z } from 'zod'
import { refuseField } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import { Refused } from './errors.ts'

type Schema = { type?: string; anyOf?: Schema[]; $ref?: string; items?: Schema }
type Kind = 'text' | 'number' | 'boolean' | 'list'

function kindOf(schema: Schema, definitions: Record<string, Schema>): Kind {
  const target = schema.$ref ? definitions[schema.$ref.split('/').at(-1)!]! : schema
  const types = (target.anyOf ?? [target]).map(({ type }) => type)
  if (types.includes('array')) return 'list'
  if (types.includes('integer') || types.includes('number')) {
    return types.includes('string') ? 'text' : 'number'
  }
  return types.includes('boolean') ? 'boolean' : 'text'
}

/** How to read each query parameter of an operation; made once per operation. */
export function queryReader(
  operation: Operation,
): (query: URLSearchParams) => Record<string, unknown> {
  const json = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Schema>
    $ref?: string
    $defs?: Record<string, Schema & { properties?: Record<string, Schema> }>
  }
  const definitions = json.$defs ?? {}
  const referred = definitions[json.$ref?.split('/').at(-1) ?? '']
  const properties = json.properties ?? referred?.properties ?? {}
  const kinds = new Map(Object.entries(properties)
    .map(([name, schema]) => [name, kindOf(schema, definitions)]))
  return (query) => {
    const input: Record<string, unknown> = {}
    for (const name of new Set(query.keys())) {
      input[name] = valueOf(name, query.getAll(name), kinds.get(name) ?? 'text')
    }
    return input
  }
}

function valueOf(name: string, values: string[], kind: Kind): unknown {
  if (kind === 'list') {
    return values.flatMap((value) => value.split(',')).filter((value) => value !== '')
  }
  if (values.length > 1) throw new Refused(refuseField(`/${name}`, 'Give it once'))
  const [value] = values as [string]
  if (kind === 'number') {
    return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
  }
  if (kind === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}
