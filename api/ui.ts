/**
 * The page for people: the files of its build, from memory. Where there is no build, a plain page
 * with links. Its addresses are the page's own affair; here they are only told from the api's.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import Router from '@koa/router'
import type { Context } from 'koa'
import type { ApiDependencies } from './deps.ts'

const BUILD = join(import.meta.dirname, '..', 'ui', 'dist')

/** Where sockets are not part of 'self' (older browsers), they are named; if that is a name. */
const socketsOf = (host: string): string =>
  (/^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '')

/** Everything from this host; no inline script or style. */
const pagePolicy = (host: string): string => [
  "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
  `connect-src 'self'${socketsOf(host)}`, "manifest-src 'self'", "worker-src 'self'",
  "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join('; ')

/** What is not the page's although a browser may ask for it. */
const apis = [
  '/api', '/graphql', '/mcp', '/docs', '/sessions', '/assets', '/.well-known', '/v1', '/intake',
]
const isPage = (path: string): boolean =>
  !apis.some((one) => path === one || path.startsWith(`${one}/`))
  && (things.test(path) || !extname(path))

/** The views that exist; other addresses are answered 404, with the page that says so. */
const views = /^\/(|inbox|board|ledger|activity|agents|settings|sign-in)\/?$/
const things = /^\/(gates|tasks|agents|activity)\/[^/]+\/?$/

type Asset = { content: Buffer; compressed: Buffer | null; type: string; etag: string }

/** The build as it was when this process began: a newer one under it never mixes with it. */
function readBuild(): Map<string, Asset> {
  const assets = new Map<string, Asset>()
  if (!existsSync(join(BUILD, 'index.html'))) return assets
  for (const name of readdirSync(BUILD, { recursive: true, encoding: 'utf8' })) {
    const file = join(BUILD, name)
    if (name.endsWith('.br') || !statSync(file).isFile()) continue
    const content = readFileSync(file)
    assets.set(`/${name.replaceAll('\\', '/')}`, {
      content, type: extname(name),
      compressed: existsSync(`${file}.br`) ? readFileSync(`${file}.br`) : null,
      etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
    })
  }
  return assets
}

export function ui(deps: ApiDependencies): Router {
  const router = new Router()
  const assets = readBuild()
  const index = assets.get('/index.html') ?? null
  router.get('{/*path}', async (context, next) => {
    const asset = assets.get(context.path)
    if (asset && asset !== index) return send(context, asset)
    if (!isPage(context.path) || context.accepts('json', 'html') !== 'html') {
      if (context.path !== '/') return next()
    }
    if (index) {
      const isKnown = views.test(context.path) || things.test(context.path)
      return sendPage(context, index, isKnown ? 200 : 404)
    }
    if (context.path !== '/') return next()
    context.type = 'html'
    context.body = plainPage(deps)
  })
  return router
}

function sendPage(context: Context, index: Asset, status: number): void {
  context.set('Content-Security-Policy', pagePolicy(context.host))
  context.vary('Accept')
  send(context, index)
  if (context.status === 200) context.status = status
}

function send(context: Context, { content, compressed, type, etag }: Asset): void {
  const isNamedByContent = context.path.startsWith('/assets/')
  context.set('Cache-Control',
    isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache')
  context.set('ETag', etag)
  context.status = 200
  // Compressed once, by the build; nothing is compressed again on its way.
  context.compress = false
  context.vary('Accept-Encoding')
  if (context.fresh) {
    context.status = 304
    return
  }
  const isCompressed = compressed !== null && context.acceptsEncodings('br', 'identity') === 'br'
  if (isCompressed) context.set('Content-Encoding', 'br')
  context.type = type
  context.body = isCompressed ? compressed : content
}

const link = (href: string, text: string): string => `<li><a href="${href}">${text}</a></li>`

/** Where the page was not built. */
function plainPage({ temporalUiUrl, version }: ApiDependencies): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Guildhall</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>Guildhall ${version}</h1><p>The back office of your agents is running; its page was not
built (npm run ui:build).</p><ul>
${link('/docs', 'API reference')}
${link('/openapi.json', 'OpenAPI 3.1')}
${link('/api/v1/agents/whoami', 'Who am I?')}
${link('/api/v1/gates?state=open', 'Gates that wait for a yes')}
${link('/api/v1/tasks', 'Tasks')}
${link('/readyz', 'Readiness')}
${temporalUiUrl ? link(temporalUiUrl, 'Temporal UI') : ''}
</ul></body></html>
`
}
