/** The rules of the inbox: whose vote a gate waits for, which one costs most to leave. Pure. */
import type { Actor } from '../../domain/agents.ts'
import type { Gate } from '../../domain/gates.ts'
import { refuseVoter } from '../../domain/gates.ts'
import type { Priority } from '../../domain/tasks.ts'
import { priorities } from '../../domain/tasks.ts'

/** What the inbox reads of an open gate. */
export type OpenGate = {
  id: string
  title: string
  requestedBy: string
  createdAt: string
  expiresAt: string
  evidence: unknown
  subject: { kind: string; key: string | null; from: string | null; to: string | null }
  policy: { approvers: string[]; quorum: number; fourEyes: boolean }
  votes: { by: string; verdict: string }[]
}
export type Person = { handle: string; role: string }

/** What a gate about a task has as evidence, as it was when it opened. */
export type Evidence = {
  reason?: string | null
  outcome?: string | null
  assignee?: string | null
  attempt?: number
  rejections?: number
  priority?: Priority
  reward?: string | null
}

export const evidenceOf = ({ evidence }: Pick<OpenGate, 'evidence'>): Evidence =>
  (typeof evidence === 'object' && evidence !== null ? evidence : {}) as Evidence

/**
 * Why this person's vote is not what the gate waits for; null when it is. The rule is the domain's;
 * here people are known by handle, and nobody manages a person.
 */
export function refusalFor(gate: OpenGate, person: Person, now: string): string | null {
  const { policy, votes, requestedBy, expiresAt } = gate
  const facts = {
    id: gate.id, state: 'open', expires_at: expiresAt, requested_by_id: requestedBy,
    requested_by: requestedBy, votes: votes.map(({ by }) => ({ by_id: by })),
    policy: { approvers: policy.approvers, four_eyes: policy.fourEyes },
  } as unknown as Gate
  const actor = { ...person, id: person.handle, kind: 'human' } as Actor
  const standing = {
    managed_by_requester: false, managed_by_assignee: false,
    is_assignee: evidenceOf(gate).assignee === person.handle,
  }
  return refuseVoter(facts, actor, standing, now)?.detail ?? null
}

const HOUR_MS = 3_600_000
/**
 * Within one step of these, what else is at stake matters more than the minutes. None is a time to
 * live that people choose: two gates of 24 hours are of one step, however their seconds differ.
 */
const expirySteps = [1.5, 6, 30, 100].map((hours) => hours * HOUR_MS)

/** 0 = expires within the next hour or so … 4 = there are days. */
export function urgencyOf(expiresAt: string, now: number): number {
  const left = Date.parse(expiresAt) - now
  const step = expirySteps.findIndex((limit) => left <= limit)
  return step === -1 ? expirySteps.length : step
}

/**
 * The order of the inbox: what costs most to leave comes first. Expiry (in steps), priority, how
 * much open work the one who asks has, age. Tasks have no dependencies yet: once they have, what is
 * blocked behind a gate is the better third.
 */
export function byCostOfDelay<Item extends Pick<OpenGate,
  'id' | 'expiresAt' | 'createdAt' | 'evidence' | 'requestedBy'>>(
  gates: readonly Item[], now: number, behind: (handle: string) => number = () => 0,
): Item[] {
  const rank = (gate: Item): (number | string)[] => [
    urgencyOf(gate.expiresAt, now), rankOf(evidenceOf(gate).priority), -behind(gate.requestedBy),
    gate.createdAt, gate.id,
  ]
  const ranks = new Map(gates.map((gate) => [gate, rank(gate)]))
  return gates.toSorted((a, b) => compare(ranks.get(a)!, ranks.get(b)!))
}

const rankOf = (priority: Priority | undefined): number =>
  priorities.indexOf(priority ?? 'normal')

function compare(a: (number | string)[], b: (number | string)[]): number {
  const place = a.findIndex((part, index) => part !== b[index])
  return place === -1 ? 0 : a[place]! < b[place]! ? -1 : 1
}

/** The same question about other things: those that are decided together. */
export const isAlike = (a: OpenGate, b: OpenGate): boolean =>
  a.subject.kind === b.subject.kind && a.subject.from === b.subject.from
  && a.subject.to === b.subject.to

/** The name of the thing, without the move, or the one who asks, that the title repeats. */
export function nameOf({ title, subject }: Pick<OpenGate, 'title' | 'subject'>): string {
  const { kind, key, from, to } = subject
  const prefix = kind === 'spend' ? `${key}: ` : `${key} ${from} → ${to}: `
  return title.startsWith(prefix) ? title.slice(prefix.length) : title
}
