/**
 * Gate policies: which move needs a yes, from whom, and what happens when nobody answers.
 * Source: domain rules §3.
 */
import type { Actor } from './agents.ts'
import { humanRoles, reaches } from './agents.ts'
import type { HumanRole } from './agents.ts'
import type { Priority, Status, Task } from './tasks.ts'
import { parseCredits } from './credits.ts'

export const denyRules = ['first', 'majority'] as const
export const expiryRules = ['deny', 'approve', 'escalate'] as const

export type Policy = {
  /** `role:operator`, `agent:ada`, `level:5` (agents of that level or above), `human:owner`. */
  approvers: string[]
  quorum: number
  /** `first`: one denial denies. `majority`: as many denials as the quorum. */
  deny: (typeof denyRules)[number]
  /** Whoever did the work, and whoever it manages, has no vote either. */
  four_eyes: boolean
  /** When to remind, as fractions of the time to live. */
  reminders: number[]
  ttl_seconds: number
  on_expiry: (typeof expiryRules)[number]
  step_up: boolean
}

export type Match = {
  from: Status | null
  to: Status
  tags: string[]
  priority: Priority | null
  /** Only tasks that pay at least this much, as a decimal string. */
  min_reward: string | null
}

export type GatePolicy = {
  id: string
  scope: { workspace: true } | { task: string }
  match: Match
  policy: Policy
}

/** Fills in what a caller left out; `ttlSeconds` is the workspace's default. */
export function policyOf(given: Partial<Policy>, ttlSeconds: number): Policy {
  return {
    approvers: given.approvers ?? ['role:operator'],
    quorum: given.quorum ?? 1,
    deny: given.deny ?? 'first',
    four_eyes: given.four_eyes ?? false,
    reminders: given.reminders ?? [0.5, 0.9],
    ttl_seconds: given.ttl_seconds ?? ttlSeconds,
    on_expiry: given.on_expiry ?? 'deny',
    step_up: given.step_up ?? false,
  }
}

type Matched = Pick<Task, 'tags' | 'priority' | 'reward'>

export function matches(match: Match, task: Matched, from: Status, to: Status): boolean {
  if (match.to !== to || (match.from !== null && match.from !== from)) return false
  if (match.priority !== null && match.priority !== task.priority) return false
  if (match.tags.length && !match.tags.some((tag) => task.tags.includes(tag))) return false
  if (match.min_reward === null) return true
  return BigInt(task.reward ?? 0) >= (parseCredits(match.min_reward) ?? 0n)
}

/** The next policy that this move still has to satisfy; every matching one must say yes. */
export function nextPolicy(
  policies: GatePolicy[], task: Matched, from: Status, to: Status, passed: string[],
): GatePolicy | null {
  return policies.find((one) =>
    !passed.includes(one.id) && matches(one.match, task, from, to)) ?? null
}

/**
 * Whether this actor is among the approvers. Agents count only where agents are named, and only
 * from level 5.
 */
export function isApprover(approvers: string[], actor: Actor): boolean {
  return approvers.some((approver) => {
    const [kind, name = ''] = approver.split(':', 2)
    if (actor.kind === 'human') {
      if (kind === 'human') return name === actor.handle
      if (kind !== 'role' || !humanRoles.includes(name as HumanRole)) return false
      return reaches(actor.role, name as HumanRole)
    }
    if (actor.kind !== 'agent' || (actor.level ?? 0) < 5) return false
    if (kind === 'agent') return name === actor.handle
    if (kind === 'role') return name === actor.role
    return kind === 'level' && (actor.level ?? 0) >= Number(name)
  })
}

/** The approvers in words: `any operator, ada or an agent of level 5`. */
export function approversInWords(approvers: string[]): string {
  const words = approvers.map((approver) => {
    const [kind, name = ''] = approver.split(':', 2)
    if (kind === 'role') return `any ${name}`
    return kind === 'level' ? `an agent of level ${name} or above` : name
  })
  return words.length > 1
    ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words[0] ?? 'nobody'
}
