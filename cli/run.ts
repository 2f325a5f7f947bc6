/** The command line as a function: words in, text out, an exit code back. */
import type { Client } from '../sdk/client.ts'
import { createClient, GuildhallError } from '../sdk/client.ts'
import type { OperationName } from '../sdk/call.ts'
import { CSV_PAGE, csvLine, csvLines } from '../domain/csv.ts'
import type { Operation } from '../operations/define.ts'
import { operations } from '../operations/index.ts'
import { readArguments } from './arguments.ts'
import type { Values } from './arguments.ts'
import { connectionOf } from './credentials.ts'
import { exitCodeOf } from './exit.ts'
import { UsageError, flagOf } from './fields.ts'
import { helpForAll, helpForNoun, helpForVerb, nouns, verbsOf } from './help.ts'
import type { Io } from './io.ts'
import { aliases, localVerbs } from './local.ts'
import { nearest } from './nearest.ts'
import { render } from './output.ts'

/** Runs one command line; answers its exit code (cli/exit.ts) and throws nothing. */
export async function runCli(argv: string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${error.message}\n`)
      return 2
    }
    io.err(`${(error as Error).stack ?? String(error)}\n`)
    return 1
  }
}

async function dispatch(argv: string[], io: Io): Promise<number> {
  const [first, ...rest] = expanded(argv)
  if (first === undefined || ['help', '--help', '-h'].includes(first)) {
    io.out(helpForAll())
    return first === undefined ? 2 : 0
  }
  const local = localVerbs[first]
  if (local?.isThere()) return local.run(rest, io)
  if (local) throw new UsageError(`${first} is not part of this version.`)
  const [verb, ...words] = rest
  if (!nouns.includes(first)) {
    throw new UsageError(unknown(first, [...nouns, ...Object.keys(localVerbs)], 'guildhall --help'))
  }
  if (verb === undefined || ['help', '--help', '-h'].includes(verb)) {
    io.out(helpForNoun(first))
    return verb === undefined ? 2 : 0
  }
  return callOperation(find(first, verb), words, io)
}

/** `audit verify` is `event verify`; a file after it is proven here. */
function expanded(argv: string[]): string[] {
  const isOfFile = argv[0] === 'ledger' && argv[2] !== undefined && !argv[2].startsWith('-')
  const alias = isOfFile ? undefined : aliases[argv.slice(0, 2).join(' ')]
  return alias ? [...alias.split(' '), ...argv.slice(2)] : argv
}

function unknown(word: string, words: string[], help: string): string {
  const guess = nearest(word, words)
  return `There is no ${word}.${guess ? ` Did you mean ${guess}?` : ''} See ${help}.`
}

function find(noun: string, verb: string): Operation {
  const name = `${noun}.${verb.replaceAll('-', '_')}`
  const operation = operations.find((one) => one.name === name)
  if (operation) return operation
  const verbs = verbsOf(noun).map((one) => flagOf(one.verb))
  throw new UsageError(unknown(`${noun} ${verb}`, verbs.map((one) => `${noun} ${one}`),
    `guildhall ${noun} --help`))
}

async function callOperation(operation: Operation, words: string[], io: Io): Promise<number> {
  const { input, values } = withHint(operation, () => readArguments(operation, words))
  if (values.help) {
    io.out(helpForVerb(operation))
    return 0
  }
  const client = createClient(connectionOf(values, io.env))
  try {
    if (values.csv) {
      await printCsv(client, operation, input, io)
      return 0
    }
    const { body } = await client.call(operation.name as OperationName, input as never, {
      ...(values['idempotency-key'] ? { idempotencyKey: String(values['idempotency-key']) } : {}),
      ...(values['if-match'] ? { ifMatch: String(values['if-match']) } : {}),
    })
    io.out(`${values.json ? JSON.stringify(body) : render(body, io.columns)}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof GuildhallError)) throw error
    io.err(`${explain(error, values)}\n`)
    return exitCodeOf(error.status)
  }
}

/** Every page of a list, each as soon as it is there. */
async function printCsv(
  client: Client, { name, csv = [] }: Operation, input: Record<string, unknown>, io: Io,
): Promise<void> {
  const { cursor: _, ...fields } = input
  let head = csvLine(csv)
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { body } = await client.call(name as OperationName, {
      ...fields, limit: CSV_PAGE, ...(cursor ? { cursor } : {}),
    } as never) as { body: { items: Record<string, unknown>[]; next_cursor: string | null } }
    io.out(head + csvLines(csv, body.items))
    head = ''
    cursor = body.next_cursor
  }
}

/** Wrong use of a verb says where its help is. */
function withHint<Value>({ noun, verb }: Operation, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${error.message}\nSee guildhall ${noun} ${flagOf(verb)} --help.`)
  }
}

type Finding = { pointer: string; message: string }

const inWords = ({ pointer, message }: Finding): string =>
  `  ${pointer.slice(1) || 'the input'}: ${message}`

/** The refusal: as it came, or in words. */
function explain(error: GuildhallError, { json }: Values): string {
  const { code, message, problem, idempotencyKey } = error
  if (json) return JSON.stringify(problem ?? { code, status: error.status, detail: message })
  const findings = (problem?.errors ?? []) as Finding[]
  return [
    `${code}: ${message}`,
    ...(findings.length > 1 ? findings.map(inWords) : []),
    ...(problem?.hint ? [problem.hint] : []),
    ...(code === 'unauthenticated' ? ['Name a credential: see guildhall --help.'] : []),
    ...(idempotencyKey && (error.status === 504 || error.status === 0) ? [
      `It may have happened. To make sure, repeat it with --idempotency-key ${idempotencyKey}`,
    ] : []),
  ].join('\n')
}
