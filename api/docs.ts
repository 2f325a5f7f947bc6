/** GET /docs: the API reference as a page. It works offline: nothing comes from another host. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Router from '@koa/router'
import type { Context } from 'koa'

/** Swagger UI brings one script and one style sheet; whatever else it has stays where it is. */
const files: Record<string, { file: string; type: string }> = {
  'reference.css': { file: 'swagger-ui.css', type: 'text/css' },
  'reference.js': { file: 'swagger-ui-bundle.js', type: 'text/javascript' },
}

/** No inline script or style, no other host, nothing embedded. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
  "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Guildhall API reference</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/reference.css"></head>
<body><main id="reference"></main>
<script src="/docs/reference.js"></script><script src="/docs/start.js"></script></body></html>
`

const START = `SwaggerUIBundle({
  url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null,
  docExpansion: 'list', defaultModelsExpandDepth: 0, displayOperationId: true, filter: true,
})
`

export function docs(): Router {
  const router = new Router()
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const read = new Map<string, Promise<Buffer>>()
  router.get('/docs', (context) => {
    context.set('Content-Security-Policy', POLICY)
    send(context, 'text/html', PAGE)
  })
  router.get('/docs/start.js', (context) => send(context, 'text/javascript', START))
  for (const [name, { file, type }] of Object.entries(files)) {
    router.get(`/docs/${name}`, async (context) => {
      const content = read.get(name) ?? readFile(join(folder, file))
      read.set(name, content)
      send(context, type, await content)
    })
  }
  return router
}

function send(context: Context, type: string, body: string | Buffer): void {
  context.set('Cache-Control', 'public, max-age=3600')
  context.type = type
  context.body = body
}
