/** Help, written from the definitions. */
import type { Example, Operation } from '../operations/define.ts'
import { operations } from '../operations/index.ts'
import { commandFlags, commonFlags, csvFlag, fieldsFlag } from './arguments.ts'
import { clientVariables } from './credentials.ts'
import { exitCodes } from './exit.ts'
import type { Field, Schema } from './fields.ts'
import { fieldsOf, flagOf } from './fields.ts'
import { aliases, localVerbs } from './local.ts'

export const nouns = [...new Set(operations.map(({ noun }) => noun))]
export const verbsOf = (noun: string): Operation[] =>
  operations.filter((operation) => operation.noun === noun)

const rows = (pairs: [string, string][]): string => {
  const size = Math.max(...pairs.map(([left]) => left.length)) + 2
  return pairs.map(([left, right]) => `  ${left.padEnd(size)}${right}`.trimEnd()).join('\n')
}

const flagRows = (flags: Record<string, { type: string; meaning: string }>): [string, string][] =>
  Object.entries(flags).map(([name, { type, meaning }]) =>
    [`--${name}${type === 'string' ? ' <text>' : ''}`, meaning])

/** `guildhall --help`. */
export function helpForAll(): string {
  return `Guildhall: the back office of a fleet of agents.

Usage: guildhall <noun> <verb> [what] [--flags]

On this machine:
${rows(Object.entries(localVerbs).filter(([, { isThere }]) => isThere())
    .map(([name, { summary }]) => [name, summary]))}

Nouns (guildhall <noun> --help lists the verbs):
${rows(nouns.map((noun) => [noun, verbsOf(noun).map(({ verb }) => flagOf(verb)).join(' ')]))}

Other names:
${rows(Object.entries(aliases).map(([name, of]) => [name, of]))}

Flags of every verb:
${rows(flagRows({ ...commonFlags, fields: fieldsFlag, ...commandFlags }))}

Which server and as whom: the flags; else the environment; else the default profile of your
profiles.json (in GUILDHALL_HOME or ~/.config/guildhall); else the owner of the instance on this
machine. The environment:
${rows(clientVariables.map(([name, meaning]) => [name, meaning]))}

Exit codes:
${rows(exitCodes.map(({ code, meaning }) => [String(code), meaning]))}
`
}

/** `guildhall <noun> --help`. */
export function helpForNoun(noun: string): string {
  return `Usage: guildhall ${noun} <verb> [what] [--flags]

${rows(verbsOf(noun).map((operation) => [usageOf(operation), operation.summary]))}
`
}

const usageOf = ({ verb, params }: Operation): string =>
  [flagOf(verb), ...params.map((param) => `<${param}>`)].join(' ')

function takes({ kind, schema, isNeeded }: Field): string {
  const words = wordsOf(schema)
  const type = words ? words.join('|') : kind === 'record' ? 'object' : kind
  return `${kind === 'boolean' ? '' : `<${type}>`}${isNeeded ? ' (needed)' : ''}`
}

/** The words that a field can be, if it is one of a few. */
function wordsOf(schema: Schema): string[] | null {
  const some = schema.items ? [schema.items] : schema.anyOf ?? [schema]
  const words = some.flatMap((part) => part.enum ?? [])
  return words.length ? words.map(String) : null
}

/** `guildhall <noun> <verb> --help`. */
export function helpForVerb(operation: Operation): string {
  const { noun, kind, summary, description, errors, examples } = operation
  const fields = fieldsOf(operation).map((field): [string, string] =>
    [`--${field.flag} ${takes(field)}`.trimEnd(), field.schema.description ?? ''])
  const common = {
    ...commonFlags, fields: fieldsFlag, ...(kind === 'command' ? commandFlags : {}),
    ...(operation.csv ? { csv: csvFlag } : {}),
  }
  const example = examples.find(({ refused }) => !refused) ?? examples[0]!
  return `${summary}${description ? `\n${description}` : ''}

Usage: guildhall ${noun} ${usageOf(operation)} [--flags]

${fields.length ? `Fields:\n${rows(fields)}\n\n` : ''}Flags:
${rows(flagRows(common))}

For example:
  ${commandLine(operation, example)}

It can be refused as: ${errors.join(', ')}
`
}

/** An example as someone would type it. */
export function commandLine(operation: Operation, { input = {} }: Pick<Example, 'input'>): string {
  const { noun, params } = operation
  const flags = Object.entries(input).filter(([name]) => !params.includes(name))
    .map(([name, value]) => `--${flagOf(name)}${value === true ? '' : ` ${typed(value)}`}`)
  const places = params.map((param) => typed(input[param] ?? `<${param}>`))
  return ['guildhall', noun, flagOf(operation.verb), ...places, ...flags].join(' ')
}

function typed(value: unknown): string {
  const isWords = Array.isArray(value) && value.every((one) => typeof one === 'string')
  const text = isWords ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w.,:$@%+=/<>-]+$/.test(text) ? text.replace(/^\$(\w+)$/, '<$1>')
    : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
