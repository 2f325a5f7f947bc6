/** The HTTP server: every middleware in one readable list. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { constants } from 'node:zlib'
import cors from '@koa/cors'
import Koa from 'koa'
import compress from 'koa-compress'
import helmet from 'koa-helmet'
import { mcp } from '../mcp/http.ts'
import { rawBody } from './body.ts'
import type { ApiDependencies } from './deps.ts'
import { Connections } from './connections.ts'
import { docs } from './docs.ts'
import { problems } from './errors.ts'
import { graphql } from './graphql/http.ts'
import { acceptSockets } from './graphql/socket.ts'
import { createMetrics, health } from './health.ts'
import { intakes } from './intakes.ts'
import { live } from './live.ts'
import { openapi } from './openapi.ts'
import { pages } from './pages.ts'
import { rest } from './rest.ts'
import { sessions } from './sessions.ts'
import { ui } from './ui.ts'

/** Small answers are not worth compressing: most commands stay below this. */
const COMPRESS_FROM = 4096

export function createApp(deps: ApiDependencies, connections: Connections): Koa {
  const app = new Koa({ proxy: deps.trustProxy })
  const metrics = createMetrics(deps)
  // Refusals and faults end in `problems`; what is left here is a peer that went away.
  app.on('error', (error: Error) => deps.context.log.info({ reason: error.message }, 'a peer left'))
  app.use(async (context, next) => {
    context.state.id = randomUUID()
    await next()
  })
  app.use(metrics.measure)
  app.use(problems(deps.context.log))
  app.use(security(deps))
  app.use(cors({ origin: deps.publicUrl, exposeHeaders: [
    'ETag', 'Idempotency-Key', 'Idempotency-Replayed', 'Retry-After', 'RateLimit',
  ] }))
  app.use(compress({
    threshold: COMPRESS_FROM, zstd: false,
    // Fast settings: a list of 1,000 tasks takes 2 ms to 74 kB; the best would take 5 ms to 70 kB.
    br: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }, gzip: { level: 1 },
  }))
  app.use(async (context, next) => {
    context.state.body = await rawBody(context)
    await next()
  })
  // The stream of events comes before REST, where it would be the event called `stream`.
  const routers = [
    live(deps, connections), rest(deps), graphql(deps), mcp(deps, connections),
    openapi(deps), docs(), health(deps, metrics), pages(deps),
    intakes(deps), sessions(deps), ui(deps),
  ]
  for (const router of routers) app.use(router.routes())
  return app
}

/** Strict headers; over plain http nothing asks browsers to upgrade. */
function security({ publicUrl }: ApiDependencies): Koa.Middleware {
  const secure = publicUrl.startsWith('https:')
  return helmet({
    hsts: secure,
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], frameAncestors: ["'none'"],
        upgradeInsecureRequests: secure ? [] : null,
      },
    },
  }) as Koa.Middleware
}

/** Clients connect ahead of asking. Node takes such connections for busy ones, for a minute. */
function silentConnections(server: Server): Set<Socket> {
  const silent = new Set<Socket>()
  server.on('connection', (socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  for (const event of ['request', 'upgrade']) {
    server.on(event, ({ socket }: IncomingMessage) => silent.delete(socket))
  }
  return silent
}

/** Listens; port 0 takes any. `close` waits for requests under way. */
export async function serve(
  deps: ApiDependencies, { host, port }: { host: string; port: number },
): Promise<{ server: Server; port: number; close: () => Promise<void> }> {
  const connections = new Connections(deps.authenticator, deps.context.log)
  // Other upgrades, such as HTTP/2 on plain connections, are declined by serving the request.
  const server = createServer({
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  }, createApp(deps, connections).callback())
  acceptSockets(server, deps, connections)
  server.keepAliveTimeout = 65_000
  const silent = silentConnections(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const close = (): Promise<void> => new Promise((resolve) => {
    // Connections that were busy become idle only now and then; none may outlive its last answer.
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    server.close(() => {
      clearInterval(sweep)
      resolve()
    })
    connections.stop()
    for (const socket of silent) socket.destroy()
  })
  return { server, port: (server.address() as { port: number }).port, close }
}
