/** Running a prepared operation: its context, and its result on the way out. */
import { execute } from 'graphql'
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

/** A thousand items can each have the same fault. */
const MAX_ERRORS = 100

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
    size: new AnswerSize(instance, operation.operation === 'query' ? abort : null),
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
    const { excess } = (values.contextValue as CallContext).size
    if (excess) return { errors: [excess] }
    throw error
  }
}

/** Errors become problems, and a caller learns which keys its commands had. */
export function finish(
  { errors, ...result }: ExecutionResult, { instance, deps, commands, size }: CallContext,
): ExecutionResult {
  if (size.excess) return { errors: [size.excess] }
  const { log } = deps.context
  const explained = errors?.slice(0, MAX_ERRORS).map((error) => explain(error, instance, log))
  return {
    ...(explained ? { errors: explained } : {}),
    ...result,
    ...(Object.keys(commands).length ? { extensions: { commands } } : {}),
  }
}
