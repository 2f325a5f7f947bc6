/**
 * Asking for more than a budget has: a gate holds the spend, its approval grants it once, and
 * whoever asked tries again. Source: ledger, "Model" (action gate).
 */
import type { Actor } from './agents.ts'
import type { BudgetPeriod, BudgetUnit } from './budgets.ts'
import { formatUnit, parseUnit, unitWords } from './budgets.ts'
import type { Decision, EventDraft, GrantDraft } from './decisions.ts'
import type { Ending, Gate, Standing } from './gates.ts'
import { closeGate, remindersOf, subjectOf } from './gates.ts'
import { policyOf } from './policies.ts'
import type { Settings } from './settings.ts'
import { plus } from './tasks.ts'
import { wakeBefore } from './wakes.ts'

/** What a budget had no room for, as the ledger said. Amounts in its unit, whole, as text. */
export type Shortage = {
  budget: string
  unit: BudgetUnit
  available: string
  needed: string
  resets_at: string | null
}

export type AskFacts = {
  now: string
  epoch: number
  actor: Actor
  settings: Settings
  /** An unused id, for the gate. */
  fresh_id: string
  /** Null when it was deleted in the meantime: then there is nothing to ask. */
  budget: { scope: string; name: string | null; period: BudgetPeriod; limit: string } | null
  spender: { id: string; handle: string }
  /** The key of the task it is for. */
  task: string | null
  /** The gate at which the same is asked for already. */
  open: string | null
}

/** What a vote on such a gate, its cancelling and its clock are decided on. */
export type AskedFacts = Omit<AskFacts, 'budget' | 'spender' | 'task' | 'open'> & {
  subject: Gate
  standing: Standing
  task?: undefined
}

/** Opens the gate; null when it is there already, or nothing limits any more. */
export function decideAsk(
  facts: AskFacts, subject: string, shortage: Shortage,
  { operation, reason }: { operation: string; reason: string | null },
): Decision | null {
  const { now, settings, actor, spender, budget } = facts
  if (facts.open || !budget) return null
  const id = facts.fresh_id
  const policy = policyOf({}, settings.gate_ttl_seconds)
  const expires_at = plus(now, policy.ttl_seconds * 1000)
  const shown = (amount: string): string => formatUnit(shortage.unit, BigInt(amount))
  const evidence = {
    operation, reason, agent_id: spender.id, task: facts.task, budget: shortage.budget,
    budget_of: budget.name ?? budget.scope, period: budget.period, unit: shortage.unit,
    limit: shown(budget.limit), available: shown(shortage.available),
    needed: shown(shortage.needed), resets_at: shortage.resets_at,
  }
  return {
    gates: [{
      id, version: null,
      wake: wakeBefore(remindersOf({ policy, expires_at })[0] ?? expires_at, now),
      set: {
        subject_kind: 'spend', subject_id: subject, subject_key: spender.handle,
        title: `${spender.handle}: ${evidence.needed} ${unitWords[shortage.unit]} beyond the `
          + `budget of ${evidence.budget_of}`,
        state: 'open', requested_by_id: actor.id, policy, policy_id: shortage.budget, evidence,
        opened_at: now, expires_at, version: 1,
      },
    }],
    events: [{
      type: 'gate.opened', subject: subjectOf({ id }), version: 1,
      data: {
        agent: spender.handle, budget: shortage.budget, unit: shortage.unit,
        needed: evidence.needed, requested_by: actor.handle, approvers: policy.approvers,
      },
    }],
  }
}

/** The gate's end: approved, it grants what was asked for, once. */
export function concludeAsk(
  { now, settings, fresh_id: id }: AskedFacts, gate: Gate, ending: Ending | null,
  before: EventDraft[],
): Decision {
  if (!ending) return { events: before }
  const { write, event } = closeGate(gate, ending.state, now, gate.version + 1, ending.comment)
  const decision = { gates: [write], events: [...before, event] }
  if (ending.state !== 'approved') return decision
  return { ...decision, grants: [grantOf(gate, id, plus(now, settings.gate_ttl_seconds * 1000))] }
}

function grantOf({ id: gate_id, evidence }: Gate, id: string, expires_at: string): GrantDraft {
  const { agent_id, budget, unit, needed } = evidence as
    { agent_id: string; budget: string; unit: BudgetUnit; needed: string }
  return {
    id, gate_id, agent_id, budget_id: budget, amount: parseUnit(unit, needed)!.toString(),
    expires_at,
  }
}
