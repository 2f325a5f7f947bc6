/** Signing in by a link that works once, and out again. */
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
  router.get('/sign-in/:link', async (context) => {
    const session = await deps.people.signIn(
      (context.params as { link: string }).link, context.get('User-Agent') || null)
    if (!session) return refuseLink(context)
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

/** Browsers go to the page that says what to do; everything else gets the problem. */
function refuseLink(context: Context): void {
  if (context.accepts('json', 'html') === 'html') {
    keepToOurselves(context)
    context.redirect('/sign-in?link=used')
    context.status = 303
    return
  }
  throw new Refused(refuse('unauthenticated', 'This sign-in link was used or is too old', {
    server_time: new Date().toISOString(),
  }, 'Run guildhall login for a new one.'))
}

function setSession(
  { publicUrl }: ApiDependencies, context: Context, value: string, age: number,
): void {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
  context.set('Set-Cookie',
    `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`)
  keepToOurselves(context)
}

function keepToOurselves(context: Context): void {
  context.set('Cache-Control', 'no-store')
  context.set('Referrer-Policy', 'no-referrer')
}
