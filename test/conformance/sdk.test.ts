/** The SDK: the owner by token, agents by signed requests. */
import type { OperationName } from '../../sdk/call.ts'
import { GuildhallError, createClient } from '../../sdk/client.ts'
import { conformance } from './surface.ts'

conformance({
  name: 'SDK',
  open: async (world) => ({
    as: async (who) => {
      const client = createClient({ url: world.url, ...(who ? { key: who } : { token: world.owner.token }) })
      return async ({ name }, input) => {
        try {
          return { body: (await client.call(name as OperationName, input as never)).body }
        } catch (error) {
          if (error instanceof GuildhallError) return { code: error.code }
          throw error
        }
      }
    },
  }),
})
