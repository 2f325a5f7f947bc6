/** Running a prepared operation: its context, and its result on the way out. */
import { GraphQLError, execute } from 'graphql'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Identity } from '../../handlers/context.ts'
import type { ApiDependencies } from '../deps.ts'
import type { CallContext } from './context.ts'
import { AnswerSize, Turns } from './context.ts'
import { explain } from './errors.ts'
import type { Prepared } from './prepare.ts'
import { graphqlSchema } from './schema.ts'

type Call = {
  deps: ApiDependencies
  identity: Identity
  instance: string
  headers?: CallContext['headers']
  /** Ends it: the connection closed. */
  signal?: AbortSignal
}

export type RunArguments = ExecutionArgs & { contextValue: CallContext }

/** What graphql-http and graphql-ws execute. */
export function argumentsOf(
  { document, operation }: Prepared,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  { deps, identity, instance, headers = { key: null, ifMatch: null }, signal }: Call,
): RunArguments {
  const abort = new AbortController()
  const contextValue: CallContext = {
    deps, identity, instance, headers, loaders: new Map(), turns: new Turns(), commands: {},
    remembers: operation.operation === 'query',
    size: new AnswerSize(abort, instance),
    signal: signal ?? abort.signal,
  }
  return {
    schema: graphqlSchema(), document, operationName: operation.name?.value ?? null,
    variableValues: variables ?? {}, contextValue, abortSignal: abort.signal,
  }
}

/** Queries and mutations; an answer that grew too large is an error like others. */
export async function run(values: ExecutionArgs): Promise<ExecutionResult> {
  try {
    return await execute(values)
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] }
    throw error
  }
}

/** Errors become problems, and a caller learns which keys its commands had. */
export function finish(
  { errors, ...result }: ExecutionResult, { instance, deps, commands }: CallContext,
): ExecutionResult {
  const { log } = deps.context
  return {
    ...(errors ? { errors: errors.map((error) => explain(error, instance, log)) } : {}),
    ...result,
    ...(Object.keys(commands).length ? { extensions: { commands } } : {}),
  }
}
