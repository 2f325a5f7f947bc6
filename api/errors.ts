/**
 * The one place where problems become HTTP: problem+json with its headers. Outermost middleware.
 */
import type { Context, Middleware } from 'koa'
import { catalogue, isRefusal, problemOf, refuse } from '../domain/errors.ts'
import type { Problem, Refusal } from '../domain/errors.ts'
import type { Log } from '../handlers/context.ts'
import { faultOf } from '../handlers/invoke.ts'

/** A refusal on its way out of a middleware. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.refusal = refusal
  }
}

/** Names this request in problems and logs. */
export const instanceOf = (context: Context): string => `urn:guildhall:request:${context.state.id}`

export function sendProblem(context: Context, problem: Problem): void {
  context.status = problem.status
  context.type = 'application/problem+json'
  context.body = JSON.stringify(problem)
  if (typeof problem.retry_after === 'number') {
    context.set('Retry-After', String(Math.ceil(problem.retry_after)))
  }
  if (problem.status === 401) context.set('WWW-Authenticate', 'Bearer, Signature')
}

/** Everything that throws below ends here; Koa's own error path would drop our headers. */
export function problems(log: Log): Middleware {
  return async (context, next) => {
    try {
      await next()
      if (context.status === 404 && context.body === undefined && context.respond !== false) {
        const { method, path } = context
        throw new Refused(refuse('not_found', `Nothing answers ${method} ${path}`, {},
          'GET /openapi.json lists what there is.'))
      }
    } catch (error) {
      sendProblem(context, problemOf(refusalOf(error, context, log), instanceOf(context)))
    }
  }
}

type HttpError = { status?: number; type?: string; limit?: number; code?: string }

function refusalOf(error: unknown, context: Context, log: Log): Refusal {
  if (error instanceof Refused) return error.refusal
  const { type, limit, code } = error as HttpError
  if (type === 'entity.too.large') {
    return refuse('payload_too_large', `A body has ${limit} bytes at most`, { limit })
  }
  if (type === 'request.aborted' || type === 'request.size.invalid' || code === 'ECONNRESET') {
    return refuse('invalid_input', 'The body ended too early', { errors: [] })
  }
  return faultOf({ log }, error, { instance: instanceOf(context) })
}

export function throwIfRefused<Value>(value: Value | Refusal): asserts value is Value {
  if (isRefusal(value)) throw new Refused(value)
}

export { catalogue }
