// Generated from operations/ by scripts/gen.ts: change those, then npm run gen.

/** Every code that a refusal can have. */
export type ErrorCode = 'invalid_input' | 'unauthenticated' | 'signature_expired'
  | 'signature_replayed' | 'insufficient_credits' | 'budget_exceeded' | 'forbidden' | 'not_found'
  | 'invalid_transition' | 'already_claimed' | 'lease_lost' | 'dependency_open' | 'gate_required'
  | 'gate_closed' | 'hold_closed' | 'limit_reached' | 'self_approval' | 'lock_held' | 'cycle'
  | 'duplicate' | 'risk_blocked' | 'version_conflict' | 'payload_too_large'
  | 'unsupported_media_type' | 'idempotency_conflict' | 'frozen' | 'precondition_required'
  | 'rate_limited' | 'internal' | 'storage_unavailable' | 'engine_unavailable' | 'outcome_unknown'

export type ActorKind = 'agent' | 'human' | 'integration' | 'host' | 'system'

export type Agent = {
  id: string
  handle: string
  name: string
  level: number | null
  model: string | null
  capabilities: Capability[]
  reports_to: string | null
  management_fee_pct: number | null
  trust: number | null
  band: string | null
  status: AgentStatus
  open_tasks: number
  last_seen_at: Instant | null
  created_at: Instant
  version: number
  role: AgentRole
  mode: Mode
}

export type AgentGetInput = {
  /** An id, a key or a handle */
  id: string
}

export type AgentKeyCreateInput = {
  /** An id, a key or a handle */
  id: string
  alg?: KeyAlgorithm
  /** Your own Ed25519 public key (32 bytes, base64); then no secret is made */
  public_key?: string
  retire?: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type AgentKeyListInput = {
  /** An id, a key or a handle */
  id: string
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
}

export type AgentKeyRevokeInput = {
  /** An id, a key or a handle */
  id: string
  /** An id, a key or a handle */
  key: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type AgentListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  status?: AgentStatus
  role?: AgentRole
  reports_to?: string
}

export type AgentPage = {
  items: Agent[]
  next_cursor: string | null
}

export type AgentRegisterInput = {
  handle: string
  name?: string
  role?: AgentRole
  mode?: Mode
  level?: number
  model?: string
  capabilities?: CapabilityInput[]
  reports_to?: string
  management_fee_pct?: number
  alg?: KeyAlgorithm
  /** Your own Ed25519 public key (32 bytes, base64); then no secret is made */
  public_key?: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type AgentRole = 'founder' | 'talent' | 'lead' | 'worker'

export type AgentStatus = 'pending' | 'active' | 'paused' | 'revoked'

export type AgentTokenCreateInput = {
  /** An id, a key or a handle */
  id: string
  scopes?: string[]
  ttl_seconds?: number
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type AgentTokenListInput = {
  /** An id, a key or a handle */
  id: string
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  /** Only those that work */
  live?: boolean
}

export type AgentTokenRevokeInput = {
  /** An id, a key or a handle */
  id: string
  /** An id, a key or a handle */
  token: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type AgentWhoamiInput = Record<string, never>

export type Balance = {
  agent: string
  posted: Credits
  held: Credits
  available: Credits
  floor: Credits
  currency: 'credit'
  usd_spent: string
}

export type Budget = {
  id: string
  scope: BudgetScope
  unit: 'credits' | 'usd_micros' | 'tokens' | 'runs'
  period: 'day' | 'week' | 'month' | 'once'
  limit: string
  used: string
  held: string
  available: string
  warn_at: number[]
  /** block: what has no room is refused; gate: it is held until somebody approves it, once; alert: it is told, and passes */
  action: 'block' | 'gate' | 'alert'
  resets_at: Instant | null
  version: number
}

/** In the unit: credits as "12.5", all others whole */
export type BudgetAmount = string | number

/** Percents of the limit at which it warns, once each */
export type BudgetLines = number[]

export type BudgetPage = {
  items: Budget[]
  next_cursor: string | null
}

/** One of {workspace: true}, {workstream: name}, {subtree: handle}, {agent: handle}, {task: key} */
export type BudgetScope = {
  workspace: true
} | {
  /** An id, a key or a handle */
  workstream: string
} | {
  /** An id, a key or a handle */
  subtree: string
} | {
  /** An id, a key or a handle */
  agent: string
} | {
  /** An id, a key or a handle */
  task: string
}

export type Capability = {
  tag: string
  proficiency: Proficiency
}

export type CapabilityInput = {
  tag: string
  proficiency?: Proficiency
}

export type ChainProof = {
  ok: boolean
  workspace: string
  streams: StreamProof[]
  duration_ms: number
}

export type Charge = {
  call_id: string
  agent: string
  task: string | null
  run: string | null
  provider: string
  model: string
  tokens: Tokens
  /** null: nobody knows a price */
  cost_usd: Usd | null
  /** Who says cost_usd; fixed: nobody, but credits follow a fixed rate */
  source: 'reported' | 'override' | 'library' | 'fixed' | 'unpriced'
  credits: Credits
  transfer: string | null
  reported_by: string
  occurred_at: Instant | null
  created_at: Instant
}

export type Check = {
  name: string
  ok: boolean
  detail: string
}

/** Credits as a decimal string, such as "12.5" */
export type Credits = string

export type CreditsAdjustInput = {
  /** An id, a key or a handle */
  agent: string
  amount: SignedCreditsInput
  /** Why; kept in the event (at most 500 characters) */
  reason: string
}

export type CreditsBalanceInput = {
  /** An id, a key or a handle */
  agent?: string
}

export type CreditsBudgetCreateInput = {
  scope: BudgetScope
  unit: 'credits' | 'usd_micros' | 'tokens' | 'runs'
  period: 'day' | 'week' | 'month' | 'once'
  limit: BudgetAmount
  warn_at?: BudgetLines
  /** block: what has no room is refused; gate: it is held until somebody approves it, once; alert: it is told, and passes */
  action?: 'block' | 'gate' | 'alert'
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsBudgetDeleteInput = {
  /** An id, a key or a handle */
  budget: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsBudgetListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
}

export type CreditsBudgetUpdateInput = {
  /** An id, a key or a handle */
  budget: string
  limit?: BudgetAmount
  warn_at?: BudgetLines
  /** block: what has no room is refused; gate: it is held until somebody approves it, once; alert: it is told, and passes */
  action?: 'block' | 'gate' | 'alert'
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsChargeInput = {
  call_id: string
  provider?: string
  model: string
  tokens: TokensInput
  cost_usd?: UsdInput
  /** An id, a key or a handle */
  agent?: string
  /** An id, a key or a handle */
  task?: string
  run?: string
  at?: InstantInput
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsHistoryInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  /** An id, a key or a handle */
  agent?: string
  /** An id, a key or a handle */
  task?: string
  kind?: string
}

export type CreditsHoldGetInput = {
  /** An id, a key or a handle */
  hold: string
}

export type CreditsHoldInput = {
  amount: CreditsInput
  ttl_seconds: number
  /** An id, a key or a handle */
  task?: string
  usd_micros?: number
  tokens?: number
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsHoldListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  /** An id, a key or a handle */
  agent?: string
  state?: 'open' | 'settled' | 'released' | 'expired'
}

/** Credits above 0, such as "12.5" */
export type CreditsInput = string | number

/** Credits of 0 or more, such as "12.5" */
export type CreditsOrZeroInput = string | number

export type CreditsPnlInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  by: PnlGroup
  since?: InstantInput
  until?: InstantInput
  /** One agent; by team: with everyone below it */
  agent?: string
}

export type CreditsPriceListInput = Record<string, never>

export type CreditsPriceUpdateInput = {
  /** An id, a key or a handle */
  price: string
  provider?: string
  input_usd_per_mtok?: string
  output_usd_per_mtok?: string
  cached_input_usd_per_mtok?: string
  input_credits_per_mtok?: string
  output_credits_per_mtok?: string
  cached_input_credits_per_mtok?: string
  /** From now on the library’s counts */
  remove?: boolean
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsRateListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  /** Such as task.done or webhook.ci */
  name?: string
}

export type CreditsRateUpdateInput = {
  /** Such as task.done or webhook.ci */
  rate: string
  /** Credits, such as "25"; null: off */
  amount: RateInput | null
  /** Why; kept in the event (at most 500 characters) */
  reason: string
}

export type CreditsReleaseInput = {
  /** An id, a key or a handle */
  hold: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsReverseInput = {
  transfer: string
  /** Why; kept in the event (at most 500 characters) */
  reason: string
}

export type CreditsSettleInput = {
  /** An id, a key or a handle */
  hold: string
  amount: CreditsOrZeroInput
  usd_micros?: number
  tokens?: number
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type CreditsSpendInput = {
  amount: CreditsInput
  /** An id, a key or a handle */
  task?: string
  /** Why; kept in the event (at most 500 characters) */
  reason: string
}

export type CreditsStatementInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  /** An id, a key or a handle */
  agent?: string
  since?: InstantInput
  until?: InstantInput
}

export type CreditsTransferInput = {
  /** An id, a key or a handle */
  to: string
  amount: CreditsInput
  /** Why; kept in the event (at most 500 characters) */
  reason: string
}

export type CreditsVerifyInput = Record<string, never>

export type DenyRule = 'first' | 'majority'

export type Event = {
  id: string
  seq: number
  stream: Stream
  type: string
  severity: Severity
  actor: EventActor
  on_behalf_of: string | null
  subject: EventSubject
  reason: string | null
  data: Json
  trigger_event: string | null
  occurred_at: Instant
  hash: string
  previous_hash: string | null
}

export type EventActor = {
  kind: string
  id: string | null
  handle: string
}

export type EventGetInput = {
  /** An id, a key or a handle */
  id: string
}

export type EventListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  /** An id, a key or a handle */
  task?: string
  /** An id, a key or a handle */
  actor?: string
  type?: string
  since?: InstantInput
  severity?: Severity
  stream?: Stream
}

export type EventPage = {
  items: Event[]
  next_cursor: string | null
}

export type EventSubject = {
  kind: string
  id: string
  key: string | null
}

export type EventVerifyInput = Record<string, never>

export type ExpiryRule = 'deny' | 'approve' | 'escalate'

export type FeeMode = 'minted' | 'deducted'

export type FirstStatus = 'backlog' | 'todo'

export type Gate = {
  id: string
  subject: GateSubject
  title: string
  state: GateState
  requested_by: string
  policy: Policy
  votes: Vote[]
  evidence: Json
  created_at: Instant
  expires_at: Instant
  decided_at: Instant | null
  decision_comment: string | null
  version: number
}

export type GateCancelInput = {
  /** An id, a key or a handle */
  id: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type GateDecideInput = {
  /** An id, a key or a handle */
  id: string
  verdict: Verdict
  comment?: string | null
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type GateGetInput = {
  /** An id, a key or a handle */
  id: string
  /** Answer later: seconds, at most 30 */
  wait?: number
  /** With wait: until settled_at is set */
  settled?: boolean
}

export type GateListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  state?: GateState
  /** An id, a key or a handle */
  task?: string
}

export type GatePage = {
  items: Gate[]
  next_cursor: string | null
}

export type GatePolicy = {
  id: string
  scope: Scope
  match: Match
  policy: Policy
  created_at: Instant
}

export type GatePolicyCreateInput = {
  scope: ScopeInput
  match: MatchInput
  policy?: PolicyInput
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type GatePolicyDeleteInput = {
  /** An id, a key or a handle */
  policy: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type GatePolicyListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
}

export type GatePolicyPage = {
  items: GatePolicy[]
  next_cursor: string | null
}

export type GateState = 'open' | 'approved' | 'denied' | 'expired' | 'cancelled'

export type GateSubject = {
  kind: string
  id: string
  key: string | null
  from: string | null
  to: string | null
}

export type HistoryPage = {
  items: Event[]
  next_cursor: string | null
}

export type Hold = {
  id: string
  agent: string
  task: string | null
  amount: Credits
  /** Micro-dollars set aside in budgets */
  usd_micros: string
  tokens: string
  settled: Credits
  state: 'open' | 'settled' | 'released' | 'expired'
  reason: string | null
  expires_at: Instant
  created_at: Instant
  closed_at: Instant | null
}

export type HoldPage = {
  items: Hold[]
  next_cursor: string | null
}

/** UTC, RFC 3339 */
export type Instant = string

/** RFC 3339, such as 2026-11-21T09:30:00Z */
export type InstantInput = string

/** Any JSON value */
export type Json = unknown

export type Key = {
  id: string
  keyid: string
  alg: KeyAlgorithm
  created_at: Instant
  retires_at: Instant | null
  revoked_at: Instant | null
}

export type KeyAlgorithm = 'hmac-sha256' | 'ed25519'

export type KeyPage = {
  items: Key[]
  next_cursor: string | null
}

export type LedgerProof = {
  ok: boolean
  workspace: string
  accounts: number
  transfers: number
  sum: Credits
  checks: Check[]
  duration_ms: number
}

export type LowBalanceInput = CreditsOrZeroInput

export type Match = {
  from: Status | null
  to: Status
  tags: string[]
  priority: Priority | null
  min_reward: Credits | null
}

export type MatchInput = {
  from?: Status | null
  to: Status
  tags?: string[]
  priority?: Priority | null
  min_reward?: MinRewardInput | null
}

export type MinRewardInput = CreditsOrZeroInput

export type Mode = 'observer' | 'orchestrator' | 'worker'

export type MoveResult = 'applied' | 'pending'

export type Moved = {
  result: MoveResult
  task: Task
  gate: Gate | null
  /** Where to follow what is pending */
  url: string | null
  poll_after_ms: number | null
}

export type NewKey = {
  id: string
  keyid: string
  alg: KeyAlgorithm
  /** Base64; shown once, null on a replay */
  secret: string | null
}

export type NextTask = {
  task: Task | null
  retry_after_ms: number | null
}

export type Outcome = 'completed' | 'completed_with_issues' | 'failed' | 'abandoned'

export type ParkedStep = {
  version: number
  step: string
  error: string
  retry_at: Instant
}

export type Pending = {
  from: Status
  to: Status
  goal: Status
  /** Policies that have said yes already */
  step: string[]
  attempt: number
  outcome: Outcome | null
  output: Json
  reason: string | null
  actor: string
}

export type Pnl = {
  since: Instant
  until: Instant
  time_zone: string
  items: PnlRow[]
  next_cursor: string | null
}

export type PnlGroup = 'agent' | 'team' | 'workstream' | 'model' | 'day' | 'week' | 'month'
  | 'total'

export type PnlRow = {
  /** An agent, a team by the agent at its top, a workstream or (none), a model, a month, a day, the Monday of a week, or total */
  name: string
  /** Rewards */
  earned: Credits
  /** Management fees; for delegating, reviewing, approving */
  fees: Credits
  /** By credits.spend */
  spent: Credits
  /** Model calls and settled holds */
  model_cost: Credits
  /** What models cost in US dollars */
  usd_spent: string
  /** Received from other agents, less given to them */
  transfers_net: Credits
  /** What the assignee paid for attempts that were sent back; a part of spent and model_cost */
  rework: Credits
  /** How long its tasks waited at gates that people had to decide */
  waiting_hours: string
  /** The same at the rate gate.waiting_hour */
  waiting: Credits
  /** earned + fees − spent − model_cost */
  margin: Credits
  /** Tasks done */
  tasks_accepted: number
  /** (spent + model_cost) / tasks_accepted; null where none was */
  cost_per_accepted: Credits | null
}

export type Policy = {
  approvers: string[]
  quorum: number
  deny: DenyRule
  four_eyes: boolean
  reminders: number[]
  ttl_seconds: number
  on_expiry: ExpiryRule
  step_up: boolean
}

export type PolicyInput = {
  approvers?: string[]
  quorum?: number
  deny?: DenyRule
  four_eyes?: boolean
  reminders?: number[]
  ttl_seconds?: number
  on_expiry?: ExpiryRule
}

export type Price = {
  /** null: any */
  provider: string | null
  /** The whole name, or how it begins */
  model: string
  /** null: as without this row */
  input_usd_per_mtok: string | null
  output_usd_per_mtok: string | null
  cached_input_usd_per_mtok: string | null
  /** null: credits follow the dollars */
  input_credits_per_mtok: string | null
  output_credits_per_mtok: string | null
  cached_input_credits_per_mtok: string | null
  updated_at: Instant
}

export type Prices = {
  items: Price[]
}

export type PricesNow = {
  items: Price[]
}

export type Priority = 'urgent' | 'high' | 'normal' | 'low'

export type PriorityTrust = {
  urgent: number | null
  high: number | null
}

export type PriorityTrustInput = {
  urgent?: number | null
  high?: number | null
}

export type Proficiency = 'basic' | 'standard' | 'expert'

/** How many of its tasks are in each status */
export type Progress = {
  backlog: number
  todo: number
  in_progress: number
  review: number
  done: number
  blocked: number
  cancelled: number
}

export type Rate = {
  name: string
  /** null: switched off */
  amount: Credits | null
  /** 0: as it comes, nobody set it */
  version: number
  updated_at: Instant | null
  updated_by: string | null
  reason: string | null
}

/** Credits, such as "25" */
export type RateInput = CreditsOrZeroInput

export type RatePage = {
  items: Rate[]
  next_cursor: string | null
}

export type Rates = Record<string, Credits | null>

export type RatesInput = Record<string, RateInput | null>

export type Registered = {
  agent: Agent
  key: NewKey
}

export type RequiredCapability = {
  tag: string
  proficiency: Proficiency | null
}

/** A tag, or {tag, proficiency} */
export type RequiredCapabilityInput = string | {
  tag: string
  proficiency: Proficiency
}

export type RevokedToken = {
  id: string
  revoked_at: Instant
}

export type Scope = {
  workspace: boolean | null
  task: string | null
}

export type ScopeInput = {
  workspace?: true
  /** An id, a key or a handle */
  task?: string
}

export type Settings = {
  lease_seconds: number
  lease_attempts: number
  outage_grace_seconds: number
  priority_trust: PriorityTrust
  max_claims: number | null
  key_overlap_seconds: number
  gate_ttl_seconds: number
  time_zone: string
  credits_per_usd: string
  low_balance: Credits | null
  fee_mode: FeeMode
  spend_velocity: SpendVelocity | null
  rates: Rates
}

export type SettingsInput = {
  lease_seconds?: number
  lease_attempts?: number
  outage_grace_seconds?: number
  priority_trust?: PriorityTrustInput
  max_claims?: number | null
  key_overlap_seconds?: number
  gate_ttl_seconds?: number
  time_zone?: string
  /** Credits for one US dollar of model cost */
  credits_per_usd?: string
  /** An agent whose available credits fall below is told of; null: nobody */
  low_balance?: LowBalanceInput | null
  fee_mode?: FeeMode
  spend_velocity?: SpendVelocityInput | null
  rates?: RatesInput
}

export type Severity = 'info' | 'warning' | 'alert'

/** Credits other than 0, such as "-12.5" */
export type SignedCreditsInput = string | number

export type SpendVelocity = {
  window_minutes: number
  credits: Credits
}

export type SpendVelocityInput = {
  window_minutes: number
  credits: RateInput
}

export type Statement = {
  agent: string
  /** Before the first line of this page */
  opening: Credits
  /** After the last line of this page */
  closing: Credits
  items: StatementLine[]
  next_cursor: string | null
  /** Transfers before this are in the files of archived months; null = none are */
  archived_before: Instant | null
}

export type StatementLine = {
  id: string
  at: Instant
  kind: string
  /** Above 0 what came in, below what went out */
  amount: Credits
  /** After this line */
  balance: Credits
  /** The other side: an agent, or a kind of account */
  other: string
  task: string | null
  reason: string | null
}

export type Status = 'backlog' | 'todo' | 'in_progress' | 'review' | 'done' | 'blocked'
  | 'cancelled'

export type Stream = 'activity' | 'ledger'

export type StreamProof = {
  stream: Stream
  ok: boolean
  events: number
  head: string | null
  first_bad_seq: number | null
  /** Where its last signed head stands; 0 = nowhere */
  signed_seq: number
  detail: string
}

export type Task = {
  id: string
  key: string
  title: string
  description: string
  status: Status
  outcome: Outcome | null
  priority: Priority
  tags: string[]
  required_capabilities: RequiredCapability[]
  min_trust: number | null
  assignee: string | null
  creator: string
  parent: string | null
  workstream: string | null
  due_at: Instant | null
  estimate: number | null
  reward: Credits | null
  input: Json
  output: Json
  attempt: number
  rejections: number
  feedback: string | null
  lease_expires_at: Instant | null
  blocked_by: string[]
  block_reason: string | null
  gate: string | null
  waiting: Waiting | null
  pending: Pending | null
  version: number
  settled_at: Instant | null
  created_at: Instant
  updated_at: Instant
  finished_at: Instant | null
  cost_usd: string | null
  workflow_url: string | null
}

export type TaskCancelInput = {
  /** An id, a key or a handle */
  id: string
  output?: Json
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskClaimInput = {
  /** An id, a key or a handle */
  id: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskCommentInput = {
  /** An id, a key or a handle */
  id: string
  body: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskCompleteInput = {
  /** An id, a key or a handle */
  id: string
  outcome?: Outcome
  output?: Json
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskCreateInput = {
  title: string
  description?: string
  priority?: Priority
  tags?: string[]
  required_capabilities?: RequiredCapabilityInput[]
  min_trust?: number | null
  workstream?: WorkstreamRef | null
  due_at?: InstantInput | null
  estimate?: number | null
  reward?: CreditsOrZeroInput | null
  input?: Json
  assignee?: string
  /** An id, a key or a handle */
  parent?: string
  gates?: TaskGateInput[]
  status?: FirstStatus
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskEngine = {
  task: string
  workflow_id: string
  run_id: string | null
  status: string
  version: number
  settled_version: number
  seen_version: number
  /** The version the workflow last found settled */
  engine_settled_version: number | null
  /** When the workflow wakes up by itself */
  deadline_at: Instant | null
  /** When Postgres expects it to */
  wake_at: Instant | null
  parked: ParkedStep[]
  workflow_url: string | null
}

export type TaskEngineInput = {
  /** An id, a key or a handle */
  id: string
}

export type TaskFailInput = {
  /** An id, a key or a handle */
  id: string
  output?: Json
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskGateInput = {
  to: Status
  policy?: PolicyInput
}

export type TaskGetInput = {
  /** An id, a key or a handle */
  id: string
  /** Answer later: seconds, at most 30 */
  wait?: number
  /** With wait: until settled_at is set */
  settled?: boolean
}

export type TaskHeartbeatInput = {
  /** An id, a key or a handle */
  id: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskHistoryInput = {
  /** An id, a key or a handle */
  id: string
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
}

export type TaskListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  status?: Status[]
  /** An id, a key or a handle */
  assignee?: string
  /** An id, a key or a handle */
  creator?: string
  tag?: string
  priority?: Priority
  /** An id, a key or a handle */
  parent?: string
  /** An id, a key or a handle */
  workstream?: string
  /** In key, title, description */
  search?: string
}

export type TaskNextInput = {
  /** Only tasks that need nothing but these */
  capabilities?: string[]
  /** Only tasks with one of these */
  tags?: string[]
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskPage = {
  items: Task[]
  next_cursor: string | null
}

export type TaskReleaseInput = {
  /** An id, a key or a handle */
  id: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskStartInput = {
  /** An id, a key or a handle */
  id: string
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskTransitionInput = {
  /** An id, a key or a handle */
  id: string
  to: Status
  outcome?: Outcome
  output?: Json
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskUpdateInput = {
  /** An id, a key or a handle */
  id: string
  title?: string
  description?: string
  priority?: Priority
  tags?: string[]
  required_capabilities?: RequiredCapabilityInput[]
  min_trust?: number | null
  workstream?: WorkstreamRef | null
  due_at?: InstantInput | null
  estimate?: number | null
  reward?: CreditsOrZeroInput | null
  input?: Json
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type TaskWaiting = {
  task: string
  waiting: Waiting | null
}

export type TaskWaitingInput = {
  /** An id, a key or a handle */
  id: string
}

export type Token = {
  id: string
  /** Shown once, null on a replay */
  token: string | null
  scopes: string[]
  expires_at: Instant
}

export type TokenPage = {
  items: TokenView[]
  next_cursor: string | null
}

export type TokenView = {
  id: string
  scopes: string[]
  /** The handle of who made it */
  created_by: string | null
  reason: string | null
  created_at: Instant
  expires_at: Instant
  revoked_at: Instant | null
}

export type Tokens = {
  input: number
  output: number
  cached_input: number
}

export type TokensInput = {
  input: number
  output: number
  /** A part of input */
  cached_input?: number
}

export type Transfer = {
  id: string
  kind: string
  amount: Credits
  /** An agent by handle, else the kind of account */
  from: string
  to: string
  agent: string | null
  task: string | null
  hold: string | null
  reverses: string | null
  actor: string
  trigger_event: string | null
  reason: string | null
  idempotency_key: string
  /** Of the agent in it, after this transfer */
  balance_after: Credits
  created_at: Instant
}

export type TransferPage = {
  items: Transfer[]
  next_cursor: string | null
  /** Transfers before this are in the files of archived months; null = none are */
  archived_before: Instant | null
}

/** US dollars as a decimal string, such as "0.0125" */
export type Usd = string

/** US dollars, such as "0.0125" */
export type UsdInput = string | number

export type Verdict = 'approve' | 'deny' | 'abstain'

export type Vote = {
  by: string
  verdict: Verdict
  comment: string | null
  at: Instant
  on_behalf_of: string | null
}

export type Waiting = {
  for: string
  since: Instant
  until: Instant | null
  sentence: string
  /** Operations that would move it on */
  unblock: string[]
}

/** The caller; agent fields are null for people */
export type Whoami = {
  id: string
  handle: string
  name: string
  level: number | null
  model: string | null
  capabilities: Capability[]
  reports_to: string | null
  management_fee_pct: number | null
  trust: number | null
  band: string | null
  status: AgentStatus
  open_tasks: number
  last_seen_at: Instant | null
  created_at: Instant
  version: number
  role: string
  mode: Mode | null
  kind: ActorKind
  workspace: string
  scopes: string[]
}

export type Workspace = {
  id: string
  name: string
  key_prefix: string
  settings: Settings
  created_at: Instant
  version: number
}

export type WorkspaceGetInput = Record<string, never>

export type WorkspaceUpdateInput = {
  name?: string
  settings?: SettingsInput
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type Workstream = {
  id: string
  name: string
  description: string
  priority: Priority
  status: WorkstreamStatus
  created_by: string
  progress: Progress
  version: number
  created_at: Instant
  updated_at: Instant
}

export type WorkstreamCreateInput = {
  name: string
  description?: string
  priority?: Priority
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}

export type WorkstreamGetInput = {
  /** An id, a key or a handle */
  id: string
}

export type WorkstreamListInput = {
  /** How many at most (1…1000) */
  limit?: number
  /** From next_cursor */
  cursor?: string
  status?: WorkstreamStatus[]
  priority?: Priority
}

export type WorkstreamPage = {
  items: Workstream[]
  next_cursor: string | null
}

/** A name or an id; null for none. Left out, a subtask is where its parent is */
export type WorkstreamRef = string

export type WorkstreamStatus = 'active' | 'paused' | 'completed' | 'archived'

export type WorkstreamUpdateInput = {
  /** An id, a key or a handle */
  id: string
  name?: string
  description?: string
  priority?: Priority
  status?: WorkstreamStatus
  /** Why; kept in the event (at most 500 characters) */
  reason?: string
}
