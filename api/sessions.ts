/** Sessions of people: who is signed in here, where else, and ending any of them. */
import Router from '@koa/router'
import type { Context } from 'koa'
import { refuse } from '../domain/errors.ts'
import type { Identity } from '../handlers/context.ts'
import type { ApiDependencies } from './deps.ts'
import { Refused } from './errors.ts'
import { identify } from './identify.ts'

export function sessions(deps: ApiDependencies): Router {
  const router = new Router({ prefix: '/sessions' })
  router.get('/', async (context) => {
    const person = await identifyPerson(deps, context)
    answer(context, { items: await deps.people.sessions(person) })
  })
  router.get('/current', async (context) => {
    const person = await identifyPerson(deps, context)
    if (person.proof !== 'session') {
      throw new Refused(refuse('not_found', 'This credential is no session', {},
        'GET /api/v1/agents/whoami says who a token belongs to.'))
    }
    const { version, temporalUiUrl } = deps
    const current = await deps.people.current(person)
    answer(context, { ...current, version, temporal_ui: temporalUiUrl })
  })
  router.delete('/:id', async (context) => {
    const person = await identifyPerson(deps, context)
    const { id } = context.params as { id: string }
    const refused = await deps.people.endSession(person, id)
    if (refused) throw new Refused(refused)
    deps.authenticator.forget()
    context.set('Cache-Control', 'no-store')
    context.status = 204
  })
  return router
}

async function identifyPerson(deps: ApiDependencies, context: Context): Promise<Identity> {
  const identity = await identify(deps, context)
  if (identity.actor.kind === 'human') return identity
  throw new Refused(refuse('forbidden', 'Only people have sessions', {
    required: { kind: 'human' },
  }))
}

function answer(context: Context, body: object): void {
  context.set('Cache-Control', 'no-store')
  context.body = body
}
