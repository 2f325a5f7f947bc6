/**
 * What this person's role may do, so that nothing is offered which would be refused. The roles are
 * those of operations/ (types only in the page): useMay.test.ts holds them to that table.
 */
import type { OperationName } from '../../../sdk/call.ts'
import type { HumanRole } from '../../../domain/agents.ts'
import { reaches } from '../../../domain/agents.ts'
import { useSession } from '../session.ts'

export const leastRoles = {
  'agent.register': 'admin',
  'agent.key_list': 'admin',
  'agent.key_create': 'admin',
  'agent.key_revoke': 'admin',
  'agent.token_create': 'admin',
  'agent.token_revoke': 'admin',
  'credits.budget_create': 'admin',
  'credits.budget_update': 'admin',
  'credits.budget_delete': 'admin',
  'credits.release': 'admin',
  'workstream.create': 'operator',
  'workstream.update': 'operator',
} as const satisfies Partial<Record<OperationName, HumanRole>>

export type Guarded = keyof typeof leastRoles

export function useMay(): (operation: Guarded) => boolean {
  const { session } = useSession()
  return (operation) => reaches(session.value?.actor.role ?? '', leastRoles[operation])
}
