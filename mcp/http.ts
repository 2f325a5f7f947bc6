/**
 * MCP over HTTP at `/mcp`, both protocol eras on one address. Nothing is kept between requests:
 * each proves who it is and is answered by a server of its own.
 */
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import Router from '@koa/router'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { Context } from 'koa'
import { proofOf } from '../api/auth/proof.ts'
import type { Connections } from '../api/connections.ts'
import type { ApiDependencies } from '../api/deps.ts'
import { Refused, instanceOf, throwIfRefused } from '../api/errors.ts'
import { identify } from '../api/identify.ts'
import { refuseForeign } from './guard.ts'
import { serverFor } from './server.ts'
import type { Session } from './tools.ts'
import { UpdateBus } from './updates.ts'

/** Messages in one request (the oldest revision allows several). */
const MAX_BATCH = 50

export function mcp(deps: ApiDependencies, connections: Connections): Router {
  const router = new Router()
  router.all('/mcp', async (context: Context) => {
    const foreign = refuseForeign(context, deps.publicUrl)
    if (foreign) throw new Refused(foreign)
    const identity = await identify(deps, context)
    // Lists are no operations: nothing further down would look at the nonce.
    throwIfRefused(await identity.nonce ?? identity)
    await answer(deps, connections, context, {
      context: deps.context, identity, instance: instanceOf(context),
    })
  })
  return router
}

async function answer(
  deps: ApiDependencies, connections: Connections, context: Context, session: Session,
): Promise<void> {
  const body = messagesOf(context)
  if (body === 'broken') return sendError(context, -32_700, 'Parse error: the body is not JSON')
  if (Array.isArray(body) && body.length > MAX_BATCH) {
    return sendError(context, -32_600, `At most ${MAX_BATCH} messages in one request`)
  }
  const gone = new AbortController()
  const hangUp = (): void => gone.abort()
  context.res.once('close', hangUp)
  const proof = proofOf(context.req, context.state.body)!
  const handler = createMcpHandler((given) => serverFor(session, deps.version, given), {
    bus: new UpdateBus({ deps, connections, session, proof, hangUp }),
    onerror: (error) => session.context.log.info({ err: error, instance: session.instance }, 'mcp'),
  })
  const response = await handler.fetch(requestOf(context, gone.signal), { parsedBody: body })
  send(context, response)
}

/** The parsed messages; undefined where there are none. */
function messagesOf(context: Context): unknown {
  const bytes: Buffer = context.state.body
  if (context.method !== 'POST' || !bytes.length) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return 'broken'
  }
}

function requestOf(context: Context, signal: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(context.headers)) {
    if (value !== undefined) headers.set(name, String(value))
  }
  const hasBody = !['GET', 'HEAD'].includes(context.method) && context.state.body.length > 0
  return new Request(new URL('/mcp', 'http://localhost'), {
    method: context.method, headers, signal, ...(hasBody ? { body: context.state.body } : {}),
  })
}

function sendError(context: Context, code: number, message: string): void {
  context.status = 400
  context.body = { jsonrpc: '2.0', id: null, error: { code, message } }
}

function send(context: Context, response: Response): void {
  context.body = response.body && Readable.fromWeb(response.body as WebStream)
  // Koa makes an empty body a 204; the protocol asks for 202.
  context.status = response.status
  for (const [name, value] of response.headers) context.set(name, value)
  if (response.status === 405) context.set('Allow', 'POST')
  // Compression waits for enough to compress; whoever reads a stream waits for each line.
  if (context.response.is('text/event-stream')) context.compress = false
}
