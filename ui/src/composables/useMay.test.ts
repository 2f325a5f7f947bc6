/** The page offers what operations/ allow. */
import { expect, test } from 'vitest'
import { operationsByName } from '../../../operations/index.ts'
import { leastRoles } from './useMay.ts'

/** Its contract lets viewers ask; the handler answers admins and the agent itself. */
const stricter = ['agent.key_list']

test.each(Object.entries(leastRoles).filter(([name]) => !stricter.includes(name)))(
  '%s is offered from %s on', (name, role) => {
    expect(operationsByName.get(name)!.who.human).toBe(role)
  })
