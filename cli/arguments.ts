/** Reads a command line for one operation. */
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import type { Operation } from '../operations/define.ts'
import type { Field, Schema } from './fields.ts'
import { UsageError, fieldsOf, findNested, kindOf, listOf, valueOf } from './fields.ts'
import { nearest } from './nearest.ts'

/** Flags that every verb takes. */
export const commonFlags = {
  json: { type: 'boolean', meaning: 'the answer as JSON' },
  url: { type: 'string', meaning: 'the server, such as http://127.0.0.1:4400' },
  token: { type: 'string', meaning: 'a bearer token' },
  profile: { type: 'string', meaning: 'a profile of your profiles.json' },
  help: { type: 'boolean', meaning: 'explain this', short: 'h' },
} as const

/** Flags that every command takes on top. */
export const commandFlags = {
  'idempotency-key': { type: 'string', meaning: 'the same key again gives the same answer again' },
  'if-match': { type: 'string', meaning: 'the version you last saw' },
} as const

/** On lists that can be had as CSV. */
export const csvFlag = { type: 'boolean', meaning: 'the whole list as CSV' } as const

/** All fields at once. */
export const fieldsFlag = { type: 'string', meaning: 'all fields as one JSON object' } as const

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

export type Parsed = { input: Record<string, unknown>; values: Values }

function optionsOf(operation: Operation, fields: Field[], argv: string[]): ParseArgsOptionsConfig {
  const options: ParseArgsOptionsConfig = { ...commonFlags, fields: fieldsFlag }
  if (operation.kind === 'command') Object.assign(options, commandFlags)
  if (operation.csv) options.csv = csvFlag
  for (const { name, flag, kind } of fields) {
    const option = kind === 'boolean'
      ? { type: 'boolean' as const } : { type: 'string' as const, multiple: true }
    Object.assign(options, { [name]: option, [flag]: option })
  }
  for (const flag of dottedFlags(argv)) {
    const { leaf } = nestedIn(fields, flag)
    options[flag] = kindOf(leaf) === 'boolean'
      ? { type: 'boolean' } : { type: 'string', multiple: true }
  }
  return options
}

/** `--settings.lease-seconds` is there when `settings` is. */
const dottedFlags = (argv: string[]): string[] =>
  argv.flatMap((word) => /^--([a-z_-]+\..+?)(?:=|$)/.exec(word)?.[1] ?? [])

function nestedIn(fields: Field[], flag: string): { names: string[]; leaf: Schema } {
  const [head, ...rest] = flag.split('.') as [string, ...string[]]
  const field = fields.find((one) => one.flag === head || one.name === head)
  if (!field) throw new UsageError(`There is no flag --${head}`)
  const { names, leaf } = findNested(field.schema, rest, flag)
  return { names: [field.name, ...names], leaf }
}

/** The input of an operation and the flags beside it; throws UsageError. */
export function readArguments(operation: Operation, argv: string[]): Parsed {
  const fields = fieldsOf(operation)
  const { values, positionals } = parse(argv, optionsOf(operation, fields, argv))
  if (values.help) return { input: {}, values }
  return { input: inputOf(operation, fields, values, positionals), values }
}

/** The same, without an operation: for verbs of the command line itself. */
export function parse(
  argv: string[], options: ParseArgsOptionsConfig,
): { values: Values; positionals: string[] } {
  const known = Object.keys(options)
  const named = argv.map((word) => /^--(?:no-)?([^=]+)/.exec(word)?.[1])
  const unknown = named.find((name) => name !== undefined && !known.includes(name))
  if (unknown) {
    const guess = nearest(unknown, known)
    const hint = guess ? ` Did you mean --${guess}?` : ''
    throw new UsageError(`There is no flag --${unknown}.${hint}`)
  }
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, allowNegative: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function inputOf(
  { params }: Operation, fields: Field[], values: Values, positionals: string[],
): Record<string, unknown> {
  const input = wholeOf(values.fields)
  if (positionals.length > params.length) {
    throw new UsageError(`What is ${positionals[params.length]}? Nothing goes in its place.`)
  }
  params.forEach((param, index) => {
    const given = positionals[index] ?? input[param]
    if (given === undefined) throw new UsageError(`It needs <${param}>`)
    input[param] = given
  })
  for (const field of fields) {
    const given = values[field.flag] ?? values[field.name]
    if (given !== undefined) input[field.name] = fieldValue(field.schema, field.flag, given)
  }
  setDotted(input, fields, values)
  return input
}

function wholeOf(text: Values[string]): Record<string, unknown> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(String(text))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Said below.
  }
  throw new UsageError('--fields takes one JSON object, such as \'{"title": "x"}\'')
}

function fieldValue(schema: Schema, flag: string, given: NonNullable<Values[string]>): unknown {
  if (typeof given === 'boolean') return given
  const texts = [given].flat().map(String)
  if (kindOf(schema) === 'list' && texts[0] !== 'null') return listOf(schema, texts, flag)
  if (texts.length > 1) throw new UsageError(`--${flag} is there twice`)
  return valueOf(schema, texts[0]!, flag)
}

function setDotted(input: Record<string, unknown>, fields: Field[], values: Values): void {
  for (const [flag, given] of Object.entries(values)) {
    if (!flag.includes('.') || given === undefined) continue
    const { names, leaf } = nestedIn(fields, flag)
    let place = input
    for (const name of names.slice(0, -1)) {
      place = (place[name] ??= {}) as Record<string, unknown>
    }
    place[names.at(-1)!] = fieldValue(leaf, flag, given)
  }
}
