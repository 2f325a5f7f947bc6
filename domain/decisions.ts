/**
 * A decision as data: what becomes true, in rows and events. The write door commits it in one
 * round trip or says that it was stale; nothing else changes status or money.
 */
import type { Refusal } from './errors.ts'
import { isRefusal } from './errors.ts'
import type { ChargeSource } from './prices.ts'
import type { Wake } from './wakes.ts'

export type Severity = 'info' | 'warning' | 'alert'

/** An event before it is written; `version` makes it the one event of that subject version. */
export type EventDraft = {
  type: string
  severity?: Severity
  subject: {
    kind: 'task' | 'gate' | 'agent' | 'workspace' | 'transfer' | 'hold' | 'budget' | 'workstream'
    id: string
    key: string | null
  }
  version?: number
  /** The task whose history this also belongs to. */
  task_id?: string | null
  data: Record<string, unknown>
}

export type LeaseChange =
  | { do: 'take'; holder_id: string; attempt: number; expires_at: string }
  | { do: 'clear' }
  /** Clears only a lease that has run out; otherwise the whole write does not happen. */
  | { do: 'expire'; attempt: number }
  | { do: 'suspend' }
  /** Extends a running lease of this holder, if it still holds it. */
  | { do: 'renew'; holder_id: string; expires_at: string }

export type GateWrite = {
  id: string
  /** The version it must still have; null opens a new one. */
  version: number | null
  set: Record<string, unknown>
  /** `soon` where it is not said. */
  wake?: Wake
  vote?: { voter_id: string; verdict: string; comment: string | null; on_behalf_of: string | null }
}

/** One movement of credits. Accounts by their kind, or `agent:<id>`. */
export type PostingDraft = {
  key: string
  /** What the caller knows it by, where that is not the key itself. */
  shown_key?: string
  kind: string
  from: string
  to: string
  /** Micro-credits, > 0, as text. */
  amount: string
  task_id?: string | null
  subject_id?: string | null
  beneficiary_id?: string | null
  hold_id?: string
  reverses_id?: string
  reason?: string | null
  /** True when the payer's floor must hold; false for bills that are facts. */
  voluntary: boolean
  data?: Record<string, unknown>
}

export type HoldDraft = {
  id: string
  agent_id: string
  task_id: string | null
  /** Micro-credits, micro-dollars, tokens; as text. */
  amount: string
  usd_micros: string
  tokens: string
  ttl_seconds: number
}

export type CloseDraft = {
  hold_id: string
  state: 'settled' | 'released'
  amount?: string
  usd_micros?: string
  tokens?: string
}

/** Who uses how much; checked against every budget above it and counted there. */
export type Spender = {
  agent_id: string
  task_id: string | null
  credits: string
  usd_micros?: string
  tokens?: string
}

/** A model call and what it cost; amounts as text, `usd_micros` null = unpriced. */
export type ChargeDraft = {
  call_id: string
  agent_id: string
  task_id: string | null
  run: string | null
  provider: string
  model: string
  input_tokens: number
  output_tokens: number
  cached_tokens: number
  usd_micros: string | null
  source: ChargeSource
  credits: string
  occurred_at: string | null
}

/** What happens whole or not at all; see db/functions/post_batch.sql. */
export type GroupDraft = {
  key: string
  /** What makes it the same request; the command's own hash where nothing is said. */
  request_hash?: string
  items: PostingDraft[]
  hold?: HoldDraft
  close?: CloseDraft
  spender?: Spender
  charge?: ChargeDraft
}

/** What may be used beyond a budget once; the amount in its unit, as text. */
export type GrantDraft = {
  id: string
  gate_id: string
  agent_id: string
  budget_id: string
  amount: string
  expires_at: string
}

export type TaskWrite = {
  id: string
  /** The version it must still have; null creates it. */
  version: number | null
  /** Columns by name; only these change. */
  set: Record<string, unknown>
  /** How soon its workflow has to hear of this. */
  wake: Wake
  /** True when nothing is owed and no deadline came nearer: the write settles itself. */
  settles: boolean
}

export type Decision = {
  task?: TaskWrite
  lease?: LeaseChange
  gates?: GateWrite[]
  policies?: Record<string, unknown>[]
  /** Locks the agent's row and compares how many tasks it has in progress. */
  claims?: { agent_id: string; count: number }
  /** An agent begins to work: counted in the budgets of runs, and refused by those without room. */
  run?: { agent_id: string; task_id: string; version: number }
  grants?: GrantDraft[]
  postings?: PostingDraft[]
  events: EventDraft[]
  /** Travels with the stored answer, for what no row says (such as `result`). */
  extra?: Record<string, unknown>
}

export type Decided = Decision | Refusal
export { isRefusal }
