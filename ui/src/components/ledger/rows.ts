/** A transfer as it is looked at: which sides are agents, and whether it came or went. Pure. */
import type { Transfer } from '../../composables/useTransfers.ts'
import type { IsAgent } from './sums.ts'

export type Row = Transfer & {
  isFromAgent: boolean
  isToAgent: boolean
  /** For the agent that is looked at; null where all are. */
  direction: 'in' | 'out' | null
}

export function rowOf(transfer: Transfer, isAgent: IsAgent, agent: string | null): Row {
  const { from, to } = transfer
  const is = (name: string): boolean => name === transfer.agent || isAgent(name)
  return {
    ...transfer, isFromAgent: is(from), isToAgent: is(to),
    direction: agent === null ? null : to === agent ? 'in' : 'out',
  }
}

/** `+12.5` or `-3` where there is a direction, else as it is. */
export const signed = ({ amount, direction }: Row): string =>
  (direction === 'out' ? `-${amount}` : amount)
