/** GraphQL over HTTP, by the rules of the GraphQL-over-HTTP draft (graphql-http). */
import Router from '@koa/router'
import { createHandler } from 'graphql-http'
import type { Handler, Response } from 'graphql-http'
import type { Context } from 'koa'
import { refuse } from '../../domain/errors.ts'
import type { ApiDependencies } from '../deps.ts'
import { Refused, instanceOf } from '../errors.ts'
import { identify } from '../identify.ts'
import type { CallContext } from './context.ts'
import { explain, refusalError } from './errors.ts'
import { argumentsOf, finish, run } from './execution.ts'
import { prepare } from './prepare.ts'

export const GRAPHQL_PATH = '/graphql'
const MEDIA_TYPES = ['application/json', 'application/graphql-response+json']

type Request = Parameters<Handler<null, undefined>>[0]

export function graphql(deps: ApiDependencies): Router {
  const router = new Router()
  const answer = async (context: Context): Promise<void> => {
    const identity = await identify(deps, context)
    const instance = instanceOf(context)
    const handle = createHandler<null, undefined, CallContext>({
      onSubscribe: (request, { query, operationName, variables }) => {
        const prepared = prepare({ query, operationName, variables }, instance)
        if (Array.isArray(prepared)) return prepared
        if (prepared.operation.operation === 'mutation' && request.method === 'GET') {
          return refuseMutation(instance)
        }
        return argumentsOf(prepared, variables, {
          deps, identity, instance, headers: headersOf(context),
        })
      },
      execute: async (values) => {
        return finish(await run(values), values.contextValue as CallContext)
      },
      formatError: (error) => explain(error, instance, deps.context.log),
    })
    send(context, await handle(requestOf(context)))
  }
  router.get(GRAPHQL_PATH, answer)
  router.post(GRAPHQL_PATH, answer)
  return router
}

function requestOf(context: Context): Request {
  const { headers } = context.req
  return {
    method: context.method,
    url: context.url,
    headers: { ...headers, accept: context.accepts(MEDIA_TYPES) || MEDIA_TYPES[0] },
    body: () => new TextDecoder('utf-8', { fatal: true }).decode(context.state.body),
    raw: null,
    context: undefined,
  }
}

const headersOf = (context: Context) => ({
  key: context.get('Idempotency-Key').trim().replace(/^"(.*)"$/, '$1') || null,
  ifMatch: context.get('If-Match') || null,
})

function refuseMutation(instance: string): Response {
  const refusal = refuse('invalid_input', 'Mutations are sent by POST', { errors: [] })
  return [JSON.stringify({ errors: [refusalError(refusal, instance)] }), {
    status: 405, statusText: 'Method Not Allowed',
    headers: { allow: 'POST', 'content-type': 'application/json; charset=utf-8' },
  }]
}

function send(context: Context, [body, { status, headers = {} }]: Response): void {
  if (status === 415) {
    throw new Refused(refuse('unsupported_media_type', 'Send application/json', {
      accepts: 'application/json',
    }))
  }
  context.status = status
  context.set({ ...headers, 'Cache-Control': 'no-store' })
  context.body = body ?? ''
}
