/** The SDK's types and routes, from the registry. */
import { operationSchemas } from '../api/schemas.ts'
import type { JsonSchema } from '../api/schemas.ts'
import { catalogue } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import { pascal } from '../operations/define.ts'
import { operations } from '../operations/index.ts'

const WIDTH = 100
const header = '// Generated from operations/ by scripts/gen.ts: change those, then npm run gen.\n'

const typeNames: Record<string, string> = {
  string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null',
  array: 'unknown[]', object: 'Record<string, unknown>',
}
const quoted = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", String.raw`\'`)}'` : String(value)
const union = (parts: string[]): string => [...new Set(parts)].join(' | ')
const listOf = (item: string): string => (item.includes(' ') ? `(${item})[]` : `${item}[]`)
const nameIn = (ref: string): string => ref.split('/').at(-1)!

/** A JSON Schema as a TypeScript type, `depth` levels in. */
export function typeOf(schema: JsonSchema, depth = 0): string {
  const { $ref, enum: values, anyOf, type, items, properties, additionalProperties } = schema
  if ($ref) return nameIn($ref)
  if ('const' in schema) return quoted(schema.const)
  if (values) return union(values.map(quoted))
  if (anyOf) return union(anyOf.map((part) => typeOf(part, depth)))
  if (Array.isArray(type)) {
    return union(type.map((name) => typeOf({ ...schema, type: name }, depth)))
  }
  if (type === 'array' && items) return listOf(typeOf(items, depth))
  if (type === 'object' && properties) return objectType(schema, depth)
  if (type === 'object' && typeof additionalProperties === 'object') {
    return `Record<string, ${typeOf(additionalProperties, depth)}>`
  }
  return type === undefined ? 'unknown' : typeNames[type]!
}

function objectType({ properties = {}, required = [] }: JsonSchema, depth: number): string {
  const indent = '  '.repeat(depth + 1)
  const lines = Object.entries(properties).flatMap(([name, schema]) => [
    ...(schema.description ? [`${indent}/** ${schema.description} */`] : []),
    wrapped(`${indent}${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, depth + 1)}`),
  ])
  return lines.length ? `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}` : 'Record<string, never>'
}

/** Breaks a union that is too long for a line. */
function wrapped(line: string): string {
  if (line.length <= WIDTH || line.includes('\n')) return line
  const indent = `${/^ */.exec(line)![0]}  `
  const [head, ...rest] = line.split(' | ')
  const lines = [head!]
  for (const part of rest) {
    if (`${lines.at(-1)} | ${part}`.length <= WIDTH) lines.push(`${lines.pop()} | ${part}`)
    else lines.push(`${indent}| ${part}`)
  }
  return lines.join('\n')
}

const declared = ([name, schema]: [string, JsonSchema]): string =>
  `${schema.description ? `/** ${schema.description} */\n` : ''}${
    wrapped(`export type ${name} = ${typeOf(schema)}`)}\n`

function typesFile(): string {
  const { inputs, answers } = operationSchemas()
  const all = new Map([...inputs.definitions, ...answers.definitions])
  const codes = wrapped(`export type ErrorCode = ${union(Object.keys(catalogue).map(quoted))}`)
  return [
    header,
    `/** Every code that a refusal can have. */\n${codes}\n`,
    ...[...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(declared),
  ].join('\n')
}

function routesFile(): string {
  const lines = operations.map(({ name, kind, route: { method, path } }) =>
    `  '${name}': { kind: '${kind}', method: '${method}', path: '${path}' },`)
  return `${header}\nexport const routes = {\n${lines.join('\n')}\n} as const\n`
}

const camel = (words: string): string =>
  words.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
const inputName = ({ name }: Operation): string => `${pascal(name)}Input`
const answerName = ({ name }: Operation): string => typeOf(operationSchemas().answers.of.get(name)!)

/** The input as a method takes it: without what stands in the path. */
function fieldsOf(operation: Operation): string {
  const { params } = operation
  const schema = operationSchemas().inputs.definitions.get(inputName(operation))!
  const isNeeded = (schema.required ?? []).some((field) => !params.includes(field))
  const type = params.length
    ? `Omit<${inputName(operation)}, ${union(params.map(quoted))}>` : inputName(operation)
  return `fields${isNeeded ? '' : '?'}: ${type}`
}

/** How a method is called: `task.claim(id)`; for the reference. */
export const methodCall = ({ noun, verb, params }: Operation): string =>
  `${noun}.${camel(verb)}(${[...params, 'fields'].join(', ')})`

function methodOf(operation: Operation): string {
  const { verb, kind, params, summary } = operation
  const options = kind === 'command' ? 'CommandOptions' : 'QueryOptions'
  const given = [
    ...params.map((name) => `${name}: string`), fieldsOf(operation), `options?: ${options}`,
  ]
  const answer = `Promise<${answerName(operation)}>`
  const line = `    ${camel(verb)}(${given.join(', ')}): ${answer}`
  const inside = `      ${given.join(', ')},`
  const lines = inside.length <= WIDTH ? inside : given.map((part) => `      ${part},`).join('\n')
  return `    /** ${summary} */\n${line.length <= WIDTH ? line
    : `    ${camel(verb)}(\n${lines}\n    ): ${answer}`}`
}

function methodsFile(): string {
  const nouns = [...new Set(operations.map(({ noun }) => noun))]
  const groups = nouns.map((noun) => `  ${noun}: {\n${operations
    .filter((operation) => operation.noun === noun).map(methodOf).join('\n')}\n  }`)
  const calls = operations.map((operation) =>
    `  '${operation.name}': { input: ${inputName(operation)}; answer: ${answerName(operation)} }`)
  const body = `/** What every operation takes and answers, by its name. */
export type Calls = {\n${calls.join('\n')}\n}

/** The client's methods, by noun and verb. */
export type Methods = {\n${groups.join('\n')}\n}\n`
  const code = body.replaceAll(/\/\*\*.*\*\//g, '')
  const used = [...new Set(code.match(/\b[A-Z]\w+/g))].filter(isDefined).toSorted()
  return `${header}
import type { CommandOptions, QueryOptions } from '../call.ts'
import type {\n${filled(used)}\n} from './types.ts'\n\n${body}`
}

function isDefined(name: string): boolean {
  const { inputs, answers } = operationSchemas()
  return inputs.definitions.has(name) || answers.definitions.has(name)
}

/** Names in lines as long as they may be. */
function filled(names: string[]): string {
  const lines = ['']
  for (const name of names) {
    if (`${lines.at(-1)} ${name},`.length > WIDTH - 2) lines.push('')
    lines.push(`${lines.pop()} ${name},`)
  }
  return lines.map((line) => ` ${line}`).join('\n')
}

export const sdkFiles = (): Record<string, string> => ({
  'sdk/generated/types.ts': typesFile(),
  'sdk/generated/routes.ts': routesFile(),
  'sdk/generated/methods.ts': methodsFile(),
})
