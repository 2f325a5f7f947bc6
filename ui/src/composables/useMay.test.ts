/** The page offers what operations/ allow. */
import { expect, test } from 'vitest'
import { operationsByName } from '../../../operations/index.ts'
import { leastRoles } from './useMay.ts'

test.each(Object.entries(leastRoles))('%s is offered from %s on', (name, role) => {
  expect(operationsByName.get(name)!.who.human).toBe(role)
})
