/** The HTTP server: every middleware in one readable list. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { constants } from 'node:zlib'
import cors from '@koa/cors'
import Koa from 'koa'
import compress from 'koa-compress'
import helmet from 'koa-helmet'
import { mcp } from '../mcp/http.ts'
import { rawBody } from './body.ts'
import type { ApiDependencies } from './deps.ts'
import { problems } from './errors.ts'
import { createMetrics, health } from './health.ts'
import { pages } from './pages.ts'
import { rest } from './rest.ts'

/** Small answers are not worth compressing: most commands stay below this. */
const COMPRESS_FROM = 4096

export function createApp(deps: ApiDependencies): Koa {
  const app = new Koa({ proxy: deps.trustProxy })
  const metrics = createMetrics(deps)
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
    threshold: COMPRESS_FROM, br: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }, zstd: false,
  }))
  app.use(async (context, next) => {
    context.state.body = await rawBody(context)
    await next()
  })
  const routers = [rest(deps), mcp(deps), health(deps, metrics), pages(deps)]
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
        defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], frameAncestors: ["'none'"],
        upgradeInsecureRequests: secure ? [] : null,
      },
    },
  }) as Koa.Middleware
}

/** Listens; port 0 takes any. `close` waits for requests under way. */
export async function serve(
  deps: ApiDependencies, { host, port }: { host: string; port: number },
): Promise<{ server: Server; port: number; close: () => Promise<void> }> {
  const server = createServer(createApp(deps).callback())
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  return { server, port: (server.address() as { port: number }).port, close }
}
