/**
 * Who an actor is and what its role, mode and level allow, before any subject is looked at.
 * Source: domain rules §1.
 */
import type { Refusal } from './errors.ts'
import { refuse } from './errors.ts'

export const humanRoles = ['viewer', 'operator', 'admin', 'owner'] as const
export type HumanRole = (typeof humanRoles)[number]
export const agentRoles = ['founder', 'talent', 'lead', 'worker'] as const
export type AgentRole = (typeof agentRoles)[number]
/** In rising order of what they may do: read only; create and approve; also claim and execute. */
export const modes = ['observer', 'orchestrator', 'worker'] as const
export type Mode = (typeof modes)[number]
export const proficiencies = ['basic', 'standard', 'expert'] as const
export type Proficiency = (typeof proficiencies)[number]
export const agentStatuses = ['pending', 'active', 'paused', 'revoked'] as const
export type AgentStatus = (typeof agentStatuses)[number]

export type Capability = { tag: string; proficiency: Proficiency }
export type RequiredCapability = { tag: string; proficiency: Proficiency | null }

/** The one who asks, read fresh inside the command's snapshot. */
export type Actor = {
  id: string
  kind: 'agent' | 'human' | 'system' | 'host' | 'integration'
  handle: string
  role: string
  /** Agents only; null for everyone else. */
  mode: Mode | null
  level: number | null
  trust: number | null
  capabilities: Capability[]
  status: AgentStatus
}

/** Who may call an operation. A missing side means: not at all. */
export type Who = {
  /** `mode`: at least this mode. `role`: one of these roles. `level`: at least this level. */
  agent?: { mode: Mode; role?: readonly AgentRole[]; level?: number }
  /** At least this role. */
  human?: HumanRole
}

/** Rank of a proficiency: basic 1, standard 2, expert 3. */
export const rankOf = (proficiency: Proficiency): number => proficiencies.indexOf(proficiency) + 1

/** The trust band of 0…100. */
export function bandOf(trust: number): 'new' | 'probation' | 'trusted' | 'veteran' | 'elite' {
  if (trust <= 30) return 'new'
  if (trust <= 50) return 'probation'
  if (trust <= 70) return 'trusted'
  return trust <= 85 ? 'veteran' : 'elite'
}

/** Whether a human of this role has at least the other role's rights. */
export const reaches = (role: string, least: HumanRole): boolean =>
  humanRoles.indexOf(role as HumanRole) >= humanRoles.indexOf(least)

export const isOperator = (actor: Actor): boolean =>
  actor.kind === 'system' || (actor.kind === 'human' && reaches(actor.role, 'operator'))

/** What the actor lacks to call something; null when nothing. Fails closed. */
export function lackOf(who: Who, actor: Actor): Record<string, unknown> | null {
  if (actor.kind === 'system') return null
  if (actor.kind === 'human') {
    if (!who.human) return { kind: 'agent' }
    return reaches(actor.role, who.human) ? null : { role: who.human }
  }
  if (actor.kind !== 'agent' || !who.agent) return { role: who.human ?? 'none' }
  const { mode, role, level } = who.agent
  if (modes.indexOf(actor.mode ?? 'observer') < modes.indexOf(mode)) return { mode }
  if (role && !role.includes(actor.role as AgentRole)) return { role: role.join(' or ') }
  if (level !== undefined && (actor.level ?? 0) < level) return { level }
  return null
}

/** Refuses an actor that may not call this, or that is paused or revoked; null when it may. */
export function authorize(who: Who, actor: Actor, isQuery: boolean): Refusal | null {
  if (actor.status === 'revoked' || actor.status === 'pending') {
    return refuse('unauthenticated', `${actor.handle} is ${actor.status}`)
  }
  if (actor.status === 'paused' && !isQuery) {
    return refuse('frozen', `${actor.handle} is paused`, {
      scope: { agent: actor.handle }, since: null,
    })
  }
  const required = lackOf(who, actor)
  return required && refuse('forbidden', `${actor.handle} may not do this`, { required })
}

/** What an agent lacks to work on something; null when it is eligible. */
export function unmet(
  agent: Pick<Actor, 'capabilities' | 'trust'>,
  wants: { required_capabilities: RequiredCapability[]; min_trust: number | null },
  leastTrust: number | null,
): Record<string, unknown> | null {
  for (const { tag, proficiency } of wants.required_capabilities) {
    const own = agent.capabilities.find((capability) => capability.tag === tag)
    if (!own || rankOf(own.proficiency) < rankOf(proficiency ?? 'basic')) {
      return { capability: proficiency ? { tag, proficiency } : tag }
    }
  }
  const trust = Math.max(wants.min_trust ?? 0, leastTrust ?? 0)
  return (agent.trust ?? 0) < trust ? { trust } : null
}
