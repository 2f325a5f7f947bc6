/** Problems as GraphQL errors: `extensions` is the whole problem, so it has the `code`. */
import { GraphQLError, Kind } from 'graphql'
import { problemOf, refuse } from '../../domain/errors.ts'
import type { Problem, Refusal } from '../../domain/errors.ts'
import type { Log } from '../../handlers/context.ts'
import { faultOf } from '../../handlers/invoke.ts'

export const problemError = (problem: Problem): GraphQLError =>
  new GraphQLError(problem.detail, { extensions: problem })

export const refusalError = (refusal: Refusal, instance: string): GraphQLError =>
  problemError(problemOf(refusal, instance))

/** What GraphQL itself found wrong with a request: its message, and where. */
export function inputError(error: GraphQLError, instance: string): GraphQLError {
  const { message, nodes, source, positions, path } = error
  const refusal = refuse('invalid_input', message, { errors: [{ pointer: '', message }] })
  return new GraphQLError(message, {
    nodes, source, positions, path, extensions: problemOf(refusal, instance),
  })
}

/**
 * Errors on their way out. Ours carry a problem; of the others, those with a cause or at a field
 * are faults on our side (storage, an answer that does not fit its type), the rest are about what
 * was sent.
 */
export function explain(error: unknown, instance: string, log: Log): GraphQLError {
  if (!(error instanceof GraphQLError)) {
    return inputError(new GraphQLError((error as Error).message), instance)
  }
  if (error.extensions.code !== undefined) return error
  const cause = error.originalError ?? error.cause
  const isCaused = cause !== undefined && !(cause instanceof GraphQLError)
  const isAtField = error.path !== undefined && error.nodes?.[0]?.kind === Kind.FIELD
  if (!isCaused && !isAtField) return inputError(error, instance)
  const problem = problemOf(faultOf({ log }, cause ?? error, { instance }), instance)
  const { nodes, path } = error
  return new GraphQLError(problem.detail, { nodes, path, extensions: problem })
}
