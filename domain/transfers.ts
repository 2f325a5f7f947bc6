/** Who may give credits to whom, by rank and kinship. Source: ledger, "Earning and spending". */
import type { Refusal } from './errors.ts'
import { refuse } from './errors.ts'

export type Party = {
  id: string
  handle: string
  level: number | null
  reports_to_id: string | null
  status: string
}

/** Agents of this level give to anyone. */
const FREE_LEVEL = 10

/** Parent and child, siblings, or level 10; never to oneself or to an agent that is gone. */
export function refuseTransfer(from: Party, to: Party): Refusal | null {
  if (from.id === to.id) {
    return refuse('invalid_input', 'An agent gives nothing to itself', {
      errors: [{ pointer: '/to', message: 'Name another agent' }],
    })
  }
  if (to.status === 'revoked') {
    return refuse('forbidden', `${to.handle} is revoked and receives nothing`, {
      required: { status: 'active' },
    })
  }
  const isKin = from.reports_to_id === to.id || to.reports_to_id === from.id
    || (from.reports_to_id !== null && from.reports_to_id === to.reports_to_id)
  if (isKin || (from.level ?? 0) >= FREE_LEVEL) return null
  return refuse('forbidden', `${from.handle} is not above, below or beside ${to.handle}`, {
    required: { relation: ['parent', 'child', 'sibling'], level: FREE_LEVEL },
  })
}
