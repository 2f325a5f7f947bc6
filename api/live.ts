/** Server-sent events: GET /api/v1/events/stream replays what is after a cursor, then follows. */
import type { ServerResponse } from 'node:http'
import Router from '@koa/router'
import type { Context } from 'koa'
import { isRefusal } from '../domain/errors.ts'
import { proofOf } from './auth/proof.ts'
import type { Connections } from './connections.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused, instanceOf, sendProblem } from './errors.ts'
import { eventList, follow } from './following.ts'
import type { LiveEvent } from './following.ts'
import { identify } from './identify.ts'
import { queryReader } from './query.ts'
import { BASE_PATH } from './rest.ts'

export const STREAM_PATH = `${BASE_PATH}/events/stream`

const HEARTBEAT_MS = 15_000
/** Who takes nothing for this long is closed, and resumes by its cursor. */
const MAX_STALL_MS = 10_000
const CLOSE_MS = 2000
/** How long a browser waits before it comes back. */
const RETRY_MS = 2000

export function live(deps: ApiDependencies, connections: Connections): Router {
  const router = new Router()
  const readQuery = queryReader(eventList)
  router.get(STREAM_PATH, async (context) => {
    const identity = await identify(deps, context)
    const { after, ...wants } = readQuery(new URLSearchParams(context.querystring))
    const ended = new AbortController()
    const { res } = context
    // A browser that comes back still has the first cursor in its address.
    const place = context.get('Last-Event-ID') || (after as string | undefined)
    const followed = await follow(deps, {
      identity, wants, after: place ?? null, instance: instanceOf(context), signal: ended.signal,
    })
    if ('problem' in followed) return sendProblem(context, followed.problem)
    start(context)
    if (context.method === 'HEAD') return
    const connection = connections.open({
      identity, proof: proofOf(context.req, context.state.body)!, end: () => ended.abort(),
    })
    if (isRefusal(connection)) throw new Refused(connection)
    context.respond = false
    res.once('close', () => ended.abort())
    res.write(`retry: ${RETRY_MS}\n\n`)
    void send(res, followed.events, ended)
      .catch((error: unknown) => deps.context.log.warn({ err: error }, 'an event stream broke'))
      .finally(() => {
        connection.closed()
        close(res)
      })
  })
  return router
}

function start(context: Context): void {
  context.status = 200
  context.type = 'text/event-stream'
  context.compress = false
  context.set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
}

/** Pulls one event at a time, as fast as the other side takes them. */
async function send(
  response: ServerResponse, events: AsyncGenerator<LiveEvent>, ended: AbortController,
): Promise<void> {
  const heartbeat = setInterval(() => {
    // A stalled stream gets no more to hold for it.
    if (!response.writableNeedDrain) response.write(': alive\n\n')
  }, HEARTBEAT_MS)
  try {
    for await (const event of events) {
      if (!response.write(frameOf(event)) && !await drained(response, ended.signal)) {
        response.destroy()
        return
      }
    }
  } finally {
    clearInterval(heartbeat)
  }
}

function frameOf({ cursor, ...event }: LiveEvent): string {
  return `id: ${cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** Sends what is left, but waits for nobody. */
function close(response: ServerResponse): void {
  response.end()
  setTimeout(() => response.destroy(), CLOSE_MS).unref()
}

/** False when it took too long; true also when there is nothing left to wait for. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (value: boolean): void => {
      clearTimeout(timer)
      response.off('drain', yes)
      signal.removeEventListener('abort', yes)
      resolve(value)
    }
    const yes = (): void => settle(true)
    const timer = setTimeout(() => settle(false), MAX_STALL_MS)
    response.once('drain', yes)
    signal.addEventListener('abort', yes, { once: true })
  })
}
