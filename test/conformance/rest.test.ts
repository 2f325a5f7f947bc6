import { conformance } from './surface.ts'

conformance({
  name: 'REST',
  open: async (world) => ({
    as: async (who) => {
      const client = who?.client ?? world.owner
      return async (operation, input) => {
        const { status, body } = await client.call(operation.name, input)
        return status < 400 ? { body } : { code: body.code }
      }
    },
  }),
})
