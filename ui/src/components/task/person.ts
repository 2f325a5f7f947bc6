/** What a person's role allows, before any task is looked at. Pure. */
import type { Actor } from '../../../../domain/agents.ts'
import { isOperator } from '../../../../domain/agents.ts'

export type Person = { handle: string; role: string }

/** Here people are known by their handle. */
export const actorOf = ({ handle, role }: Person): Actor => ({
  id: handle, handle, role, kind: 'human', mode: null, level: null, trust: null, capabilities: [],
  status: 'active',
})

/** Whether this person may make and change tasks at all. */
export const mayChange = (person: Person): boolean => isOperator(actorOf(person))
