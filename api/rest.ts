/** REST: one route per operation, by its name. No per-feature code. */
import Router from '@koa/router'
import type { Context } from 'koa'
import { refuse, refuseField } from '../domain/errors.ts'
import type { Operation } from '../operations/define.ts'
import { operations } from '../operations/index.ts'
import type { Reply } from '../handlers/invoke.ts'
import { invoke } from '../handlers/invoke.ts'
import { jsonBody } from './body.ts'
import { answerCsv } from './csv.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused, instanceOf, sendProblem } from './errors.ts'
import { queryReader } from './query.ts'
import { identify } from './identify.ts'

export const BASE_PATH = '/api/v1'

/** Literal routes first: `/agents/whoami` is no agent. */
export const bySpecificity = (a: Operation, b: Operation): number =>
  a.params.length - b.params.length

export function rest(deps: ApiDependencies): Router {
  const router = new Router({ prefix: BASE_PATH })
  for (const operation of operations.toSorted(bySpecificity)) {
    const path = operation.route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    router.register(path, [operation.route.method], answer(deps, operation))
    if (operation.csv) router.get(`${path}.csv`, answerCsv(deps, operation))
  }
  // Who cannot prove itself does not learn which addresses there are.
  router.all('{/*rest}', async (context) => {
    await identify(deps, context)
    throw new Refused(refuse('not_found', `Nothing answers ${context.method} ${context.path}`, {},
      'GET /openapi.json lists what there is.'))
  })
  return router
}

function answer(deps: ApiDependencies, operation: Operation) {
  const readQuery = queryReader(operation)
  return async (context: Context): Promise<void> => {
    const identity = await identify(deps, context)
    const reply = await invoke(deps.context, {
      operation, identity,
      input: inputOf(context, operation, readQuery),
      key: context.get('Idempotency-Key') ? unquoted(context.get('Idempotency-Key')) : null,
      ifMatch: context.get('If-Match') || null,
      instance: instanceOf(context),
    })
    send(context, reply)
  }
}

/** Bare and quoted forms are the same key. */
const unquoted = (key: string): string => key.trim().replace(/^"(.*)"$/, '$1')

/** Queries read the query string, commands the body; path parameters come from the path alone. */
function inputOf(
  context: Context, operation: Operation, readQuery: ReturnType<typeof queryReader>,
): Record<string, unknown> {
  const query = new URLSearchParams(context.querystring)
  const fields = operation.kind === 'query'
    ? readQuery(query) : jsonBody(context, context.state.body)
  if (operation.kind === 'command' && query.size) {
    const [first] = query.keys()
    throw new Refused(refuseField(`/${first}`, 'Commands take their fields in the body'))
  }
  const params = context.params as Record<string, string>
  const twice = operation.params.find((name) => name in fields)
  if (twice) {
    throw new Refused(refuseField(`/${twice}`, 'There is no such field: it is in the path'))
  }
  return { ...fields, ...params }
}

export function send(context: Context, reply: Reply): void {
  if (reply.key !== null) context.set('Idempotency-Key', reply.key)
  if (!reply.ok) return sendProblem(context, reply.problem)
  const body = reply.body as { result?: string } | null
  context.status = body?.result === 'pending' ? 202 : reply.status
  if (reply.etag) context.set('ETag', reply.etag)
  if (reply.replayed) context.set('Idempotency-Replayed', 'true')
  context.type = 'application/json'
  context.body = JSON.stringify(reply.body)
}
