/** The rules of the inbox that are the page's own: whose gate it is. Pure. */
import type { Actor } from '../../domain/agents.ts'
import { isApprover } from '../../domain/policies.ts'

type Asked = {
  requestedBy: string
  policy: { approvers: string[] }
  votes: { by: string }[]
}
export type Person = { kind: 'human'; handle: string; role: string }

/** Whether this person's vote is what a gate waits for: asked, not asking, not voted yet. */
export function isMine({ requestedBy, policy, votes }: Asked, person: Person): boolean {
  if (requestedBy === person.handle || votes.some(({ by }) => by === person.handle)) return false
  return isApprover(policy.approvers, person as Actor)
}
