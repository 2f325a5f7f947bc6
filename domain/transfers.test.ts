import { expect, test } from 'vitest'
import type { Party } from './transfers.ts'
import { refuseTransfer } from './transfers.ts'

const party = (id: string, reports_to_id: string | null = null, more: Partial<Party> = {}): Party =>
  ({ id, handle: id, level: 3, reports_to_id, status: 'active', ...more })
const lead = party('lead', 'talent')
const ada = party('ada', 'lead')
const bob = party('bob', 'lead')

test.each<[string, Party, Party, string | null]>([
  ['to one’s manager', ada, lead, null],
  ['to one’s report', lead, ada, null],
  ['to a sibling', ada, bob, null],
  ['to the manager’s manager', ada, party('talent'), 'forbidden'],
  ['to somebody of another team', ada, party('cleo', 'other'), 'forbidden'],
  ['two that report to nobody are no siblings', party('one'), party('two'), 'forbidden'],
  ['level 10 to anyone', party('talent', null, { level: 10 }), party('cleo', 'other'), null],
  ['level 9 is not 10', party('nine', null, { level: 9 }), party('cleo', 'other'), 'forbidden'],
  ['to oneself', ada, ada, 'invalid_input'],
  ['to one that is revoked', ada, party('bob', 'lead', { status: 'revoked' }), 'forbidden'],
])('%s', (_, from, to, code) => {
  expect(refuseTransfer(from, to)?.refused ?? null).toBe(code)
})
