/** GraphQL over HTTP: the owner by token, agents by signed requests; all else by introspection. */
import { callByGraphQL, introspect } from '../harness/graphql.ts'
import { conformance } from './surface.ts'

conformance({
  name: 'GraphQL',
  open: async (world) => {
    const schema = await introspect(world.url, world.owner.token)
    return {
      as: async (who) => async ({ name }, input) => {
        const asker = { url: world.url, ...(who ?? { token: world.owner.token }) }
        const called = await callByGraphQL(schema, asker, name, input)
        return 'body' in called ? called : { code: called.problem.code }
      },
    }
  },
})
