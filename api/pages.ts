/** The few plain pages: the start page with links, signing in and out. */
import Router from '@koa/router'
import type { Context } from 'koa'
import { refuse } from '../domain/errors.ts'
import { SESSION_COOKIE, cookieOf } from './auth/proof.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused } from './errors.ts'
import { identify } from './identify.ts'

const SESSION_DAYS = 30

export function pages(deps: ApiDependencies): Router {
  const router = new Router()
  router.get('/', (context) => {
    context.type = 'html'
    context.body = startPage(deps)
  })
  router.get('/sign-in/:link', async (context) => {
    const session = await deps.people.signIn(
      (context.params as { link: string }).link, context.get('User-Agent') || null)
    if (!session) {
      throw new Refused(refuse('unauthenticated', 'This sign-in link was used or is too old', {
        server_time: new Date().toISOString(),
      }, 'Run guildhall login for a new one.'))
    }
    setSession(deps, context, session, SESSION_DAYS * 86_400)
    context.redirect('/')
    context.status = 303
  })
  router.post('/sign-out', async (context) => {
    await identify(deps, context)
    const session = cookieOf(context.get('Cookie'), SESSION_COOKIE)
    if (session) await deps.people.signOut(session)
    deps.authenticator.forget()
    setSession(deps, context, '', 0)
    context.status = 204
  })
  return router
}

function setSession(
  { publicUrl }: ApiDependencies, context: Context, value: string, age: number,
): void {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
  context.set('Set-Cookie',
    `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`)
  context.set('Cache-Control', 'no-store')
  context.set('Referrer-Policy', 'no-referrer')
}

const link = (href: string, text: string): string => `<li><a href="${href}">${text}</a></li>`

function startPage({ temporalUiUrl, version }: ApiDependencies): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Guildhall</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>Guildhall ${version}</h1><p>The back office of your agents is running.</p><ul>
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
