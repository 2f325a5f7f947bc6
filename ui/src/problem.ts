/** What went wrong, in the server's words where it has some. Every surface's error becomes this. */
import type { CombinedError } from '@urql/core'
import { GuildhallError } from '../../sdk/client.ts'
import { texts } from './texts.ts'

export type Failure = {
  /** The server's code, or `unreachable` when no answer came. */
  code: string
  /** What the person reads. */
  message: string
  hint: string | null
  /** What its code carries: `allowed`, `errors`, `current` … */
  fields: Record<string, unknown>
}

const unreachable = (): Failure =>
  ({ code: 'unreachable', message: texts.errors.unreachable, hint: null, fields: {} })

/** The problem document of a refused command, or what to say when there is none. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof GuildhallError) || !error.problem) return unreachable()
  const { code, detail, hint, ...fields } = error.problem
  return { code, message: detail, hint, fields }
}

/** Refusals before GraphQL: their body is not read by its client. */
const byStatus: Record<number, Pick<Failure, 'code' | 'message'>> = {
  401: { code: 'unauthenticated', message: texts.errors.sessionEnded },
  403: { code: 'forbidden', message: texts.errors.forbidden },
  429: { code: 'rate_limited', message: texts.errors.busy },
  503: { code: 'storage_unavailable', message: texts.errors.storage },
}

/** GraphQL errors carry the whole problem in their extensions. */
export function queryFailureOf({ graphQLErrors, response }: CombinedError): Failure {
  const problem = graphQLErrors[0]?.extensions as Record<string, unknown> | undefined
  if (problem?.code) {
    const { code, detail, hint = null, ...fields } = problem
    return { code: String(code), message: String(detail), hint: hint as string | null, fields }
  }
  const known = byStatus[(response as Response | undefined)?.status ?? 0]
  return known ? { ...known, hint: null, fields: {} } : unreachable()
}

/** Nothing is wrong with what was asked: asking again later may do. */
export const isPassing = ({ code }: Failure): boolean =>
  ['unreachable', 'storage_unavailable', 'outcome_unknown', 'rate_limited'].includes(code)

/** One finding of the server about a field of what was sent, by JSON Pointer. */
export type FieldError = { pointer: string; message: string }

export const errorsOf = (failure: Failure | null): FieldError[] =>
  (Array.isArray(failure?.fields.errors) ? failure.fields.errors as FieldError[] : [])

/** What is wrong with a field or something in it, in the server's words. */
export const errorAt = (errors: readonly FieldError[], pointer: string): string | null =>
  errors.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`))?.message
    ?? null
