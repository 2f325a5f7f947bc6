// Generated from operations/ by scripts/gen.ts: change those, then npm run gen.

import type { CommandOptions, QueryOptions } from '../call.ts'
import type {
  Agent, AgentGetInput, AgentKeyCreateInput, AgentKeyListInput, AgentKeyRevokeInput,
  AgentListInput, AgentPage, AgentRegisterInput, AgentTokenCreateInput, AgentTokenListInput,
  AgentTokenRevokeInput, AgentWhoamiInput, Balance, Budget, BudgetPage, ChainProof, Charge,
  CreditsAdjustInput, CreditsBalanceInput, CreditsBudgetCreateInput, CreditsBudgetDeleteInput,
  CreditsBudgetListInput, CreditsBudgetUpdateInput, CreditsChargeInput, CreditsHistoryInput,
  CreditsHoldGetInput, CreditsHoldInput, CreditsHoldListInput, CreditsPnlInput,
  CreditsPriceListInput, CreditsPriceUpdateInput, CreditsRateListInput, CreditsRateUpdateInput,
  CreditsReleaseInput, CreditsReverseInput, CreditsSettleInput, CreditsSpendInput,
  CreditsStatementInput, CreditsTransferInput, CreditsVerifyInput, Event, EventGetInput,
  EventListInput, EventPage, EventVerifyInput, Gate, GateCancelInput, GateDecideInput,
  GateGetInput, GateListInput, GatePage, GatePolicy, GatePolicyCreateInput, GatePolicyDeleteInput,
  GatePolicyListInput, GatePolicyPage, HistoryPage, Hold, HoldPage, Key, KeyPage, LedgerProof,
  Moved, NewKey, NextTask, Pnl, Prices, PricesNow, Rate, RatePage, Registered, RevokedToken,
  Statement, Task, TaskCancelInput, TaskClaimInput, TaskCommentInput, TaskCompleteInput,
  TaskCreateInput, TaskEngine, TaskEngineInput, TaskFailInput, TaskGetInput, TaskHeartbeatInput,
  TaskHistoryInput, TaskListInput, TaskNextInput, TaskPage, TaskReleaseInput, TaskStartInput,
  TaskTransitionInput, TaskUpdateInput, TaskWaiting, TaskWaitingInput, Token, TokenPage, Transfer,
  TransferPage, Whoami, Workspace, WorkspaceGetInput, WorkspaceUpdateInput, Workstream,
  WorkstreamCreateInput, WorkstreamGetInput, WorkstreamListInput, WorkstreamPage,
  WorkstreamUpdateInput,
} from './types.ts'

/** What every operation takes and answers, by its name. */
export type Calls = {
  'task.cancel': { input: TaskCancelInput; answer: Moved }
  'task.claim': { input: TaskClaimInput; answer: Task }
  'task.comment': { input: TaskCommentInput; answer: Task }
  'task.complete': { input: TaskCompleteInput; answer: Moved }
  'task.create': { input: TaskCreateInput; answer: Task }
  'task.fail': { input: TaskFailInput; answer: Moved }
  'task.get': { input: TaskGetInput; answer: Task }
  'task.heartbeat': { input: TaskHeartbeatInput; answer: Task }
  'task.list': { input: TaskListInput; answer: TaskPage }
  'task.next': { input: TaskNextInput; answer: NextTask }
  'task.release': { input: TaskReleaseInput; answer: Task }
  'task.start': { input: TaskStartInput; answer: Moved }
  'task.transition': { input: TaskTransitionInput; answer: Moved }
  'task.update': { input: TaskUpdateInput; answer: Task }
  'task.engine': { input: TaskEngineInput; answer: TaskEngine }
  'task.history': { input: TaskHistoryInput; answer: HistoryPage }
  'task.waiting': { input: TaskWaitingInput; answer: TaskWaiting }
  'gate.cancel': { input: GateCancelInput; answer: Gate }
  'gate.decide': { input: GateDecideInput; answer: Gate }
  'gate.get': { input: GateGetInput; answer: Gate }
  'gate.list': { input: GateListInput; answer: GatePage }
  'gate.policy_create': { input: GatePolicyCreateInput; answer: GatePolicy }
  'gate.policy_delete': { input: GatePolicyDeleteInput; answer: GatePolicy }
  'gate.policy_list': { input: GatePolicyListInput; answer: GatePolicyPage }
  'workstream.create': { input: WorkstreamCreateInput; answer: Workstream }
  'workstream.get': { input: WorkstreamGetInput; answer: Workstream }
  'workstream.list': { input: WorkstreamListInput; answer: WorkstreamPage }
  'workstream.update': { input: WorkstreamUpdateInput; answer: Workstream }
  'credits.adjust': { input: CreditsAdjustInput; answer: Transfer }
  'credits.balance': { input: CreditsBalanceInput; answer: Balance }
  'credits.history': { input: CreditsHistoryInput; answer: TransferPage }
  'credits.reverse': { input: CreditsReverseInput; answer: Transfer }
  'credits.spend': { input: CreditsSpendInput; answer: Transfer }
  'credits.statement': { input: CreditsStatementInput; answer: Statement }
  'credits.transfer': { input: CreditsTransferInput; answer: Transfer }
  'credits.verify': { input: CreditsVerifyInput; answer: LedgerProof }
  'credits.hold': { input: CreditsHoldInput; answer: Hold }
  'credits.hold_get': { input: CreditsHoldGetInput; answer: Hold }
  'credits.hold_list': { input: CreditsHoldListInput; answer: HoldPage }
  'credits.release': { input: CreditsReleaseInput; answer: Hold }
  'credits.settle': { input: CreditsSettleInput; answer: Hold }
  'credits.budget_create': { input: CreditsBudgetCreateInput; answer: Budget }
  'credits.budget_delete': { input: CreditsBudgetDeleteInput; answer: Budget }
  'credits.budget_list': { input: CreditsBudgetListInput; answer: BudgetPage }
  'credits.budget_update': { input: CreditsBudgetUpdateInput; answer: Budget }
  'credits.rate_list': { input: CreditsRateListInput; answer: RatePage }
  'credits.rate_update': { input: CreditsRateUpdateInput; answer: Rate }
  'credits.charge': { input: CreditsChargeInput; answer: Charge }
  'credits.price_list': { input: CreditsPriceListInput; answer: Prices }
  'credits.price_update': { input: CreditsPriceUpdateInput; answer: PricesNow }
  'credits.pnl': { input: CreditsPnlInput; answer: Pnl }
  'agent.get': { input: AgentGetInput; answer: Agent }
  'agent.key_create': { input: AgentKeyCreateInput; answer: NewKey }
  'agent.key_list': { input: AgentKeyListInput; answer: KeyPage }
  'agent.key_revoke': { input: AgentKeyRevokeInput; answer: Key }
  'agent.list': { input: AgentListInput; answer: AgentPage }
  'agent.register': { input: AgentRegisterInput; answer: Registered }
  'agent.token_create': { input: AgentTokenCreateInput; answer: Token }
  'agent.token_list': { input: AgentTokenListInput; answer: TokenPage }
  'agent.token_revoke': { input: AgentTokenRevokeInput; answer: RevokedToken }
  'agent.whoami': { input: AgentWhoamiInput; answer: Whoami }
  'event.get': { input: EventGetInput; answer: Event }
  'event.list': { input: EventListInput; answer: EventPage }
  'event.verify': { input: EventVerifyInput; answer: ChainProof }
  'workspace.get': { input: WorkspaceGetInput; answer: Workspace }
  'workspace.update': { input: WorkspaceUpdateInput; answer: Workspace }
}

/** The client's methods, by noun and verb. */
export type Methods = {
  task: {
    /** Withdraw a task: cancelled with the outcome `abandoned`. */
    cancel(
      id: string, fields?: Omit<TaskCancelInput, 'id'>, options?: CommandOptions,
    ): Promise<Moved>
    /** Take a task that is ready and start working on it. */
    claim(id: string, fields?: Omit<TaskClaimInput, 'id'>, options?: CommandOptions): Promise<Task>
    /** Add a remark to the history of a task. */
    comment(
      id: string, fields: Omit<TaskCommentInput, 'id'>, options?: CommandOptions,
    ): Promise<Task>
    /** Finish: in_progress → review → done in one go. */
    complete(
      id: string, fields?: Omit<TaskCompleteInput, 'id'>, options?: CommandOptions,
    ): Promise<Moved>
    /** Create a task, in the backlog or ready to be taken. */
    create(fields: TaskCreateInput, options?: CommandOptions): Promise<Task>
    /** Give up: cancelled with the outcome `failed`. */
    fail(id: string, fields?: Omit<TaskFailInput, 'id'>, options?: CommandOptions): Promise<Moved>
    /** One task by id or key. */
    get(id: string, fields?: Omit<TaskGetInput, 'id'>, options?: QueryOptions): Promise<Task>
    /** Say that you are still working on it: extends the lease. */
    heartbeat(
      id: string, fields?: Omit<TaskHeartbeatInput, 'id'>, options?: CommandOptions,
    ): Promise<Task>
    /** List tasks, newest first. */
    list(fields?: TaskListInput, options?: QueryOptions): Promise<TaskPage>
    /** Take the best task there is for you: priority, then due date, then age. */
    next(fields?: TaskNextInput, options?: CommandOptions): Promise<NextTask>
    /** Give a task back: to todo, unassigned. */
    release(
      id: string, fields?: Omit<TaskReleaseInput, 'id'>, options?: CommandOptions,
    ): Promise<Task>
    /** Start a task that is assigned to you. */
    start(id: string, fields?: Omit<TaskStartInput, 'id'>, options?: CommandOptions): Promise<Moved>
    /** Move a task along one of the 14 legal moves. */
    transition(
      id: string, fields: Omit<TaskTransitionInput, 'id'>, options?: CommandOptions,
    ): Promise<Moved>
    /** Change what a task says. */
    update(
      id: string, fields?: Omit<TaskUpdateInput, 'id'>, options?: CommandOptions,
    ): Promise<Task>
    /** What the workflow of a task knows: a live query with a deadline of one second. */
    engine(
      id: string, fields?: Omit<TaskEngineInput, 'id'>, options?: QueryOptions,
    ): Promise<TaskEngine>
    /** Everything that happened to a task, newest first. */
    history(
      id: string, fields?: Omit<TaskHistoryInput, 'id'>, options?: QueryOptions,
    ): Promise<HistoryPage>
    /** What a task waits for, from whom, until when, and what would unblock it. */
    waiting(
      id: string, fields?: Omit<TaskWaitingInput, 'id'>, options?: QueryOptions,
    ): Promise<TaskWaiting>
  }
  gate: {
    /** Withdraw the question; the subject stays as it is. */
    cancel(
      id: string, fields?: Omit<GateCancelInput, 'id'>, options?: CommandOptions,
    ): Promise<Gate>
    /** Vote on an open gate. */
    decide(id: string, fields: Omit<GateDecideInput, 'id'>, options?: CommandOptions): Promise<Gate>
    /** One gate with its votes. */
    get(id: string, fields?: Omit<GateGetInput, 'id'>, options?: QueryOptions): Promise<Gate>
    /** The gates, newest first; `state=open` is the inbox. */
    list(fields?: GateListInput, options?: QueryOptions): Promise<GatePage>
    /** Make a move need a yes, in the workspace or for one task. */
    policyCreate(fields: GatePolicyCreateInput, options?: CommandOptions): Promise<GatePolicy>
    /** Remove a policy; gates that are open already stay. */
    policyDelete(
      policy: string, fields?: Omit<GatePolicyDeleteInput, 'policy'>, options?: CommandOptions,
    ): Promise<GatePolicy>
    /** The policies that say which moves need a yes. */
    policyList(fields?: GatePolicyListInput, options?: QueryOptions): Promise<GatePolicyPage>
  }
  workstream: {
    /** Begin a workstream: a name that tasks and budgets can be put under. */
    create(fields: WorkstreamCreateInput, options?: CommandOptions): Promise<Workstream>
    /** One workstream by id or name, with how far its tasks are. */
    get(
      id: string, fields?: Omit<WorkstreamGetInput, 'id'>, options?: QueryOptions,
    ): Promise<Workstream>
    /** List workstreams, newest first. */
    list(fields?: WorkstreamListInput, options?: QueryOptions): Promise<WorkstreamPage>
    /** Change what a workstream says; completed and archived ones take no more tasks. */
    update(
      id: string, fields?: Omit<WorkstreamUpdateInput, 'id'>, options?: CommandOptions,
    ): Promise<Workstream>
  }
  credits: {
    /** Correct what an agent has; the treasury is the other side. */
    adjust(fields: CreditsAdjustInput, options?: CommandOptions): Promise<Transfer>
    /** What an agent has; its own where none is named. */
    balance(fields?: CreditsBalanceInput, options?: QueryOptions): Promise<Balance>
    /** Transfers, newest first. */
    history(fields?: CreditsHistoryInput, options?: QueryOptions): Promise<TransferPage>
    /** Take back a transfer, once, by one of the same amount in the other direction. */
    reverse(fields: CreditsReverseInput, options?: CommandOptions): Promise<Transfer>
    /** Spend credits of your own; never below the floor. */
    spend(fields: CreditsSpendInput, options?: CommandOptions): Promise<Transfer>
    /** What came in and went out of one account, oldest first, with the running balance. */
    statement(fields?: CreditsStatementInput, options?: QueryOptions): Promise<Statement>
    /** Give credits of your own to another agent. */
    transfer(fields: CreditsTransferInput, options?: CommandOptions): Promise<Transfer>
    /** Prove that the books balance. */
    verify(fields?: CreditsVerifyInput, options?: QueryOptions): Promise<LedgerProof>
    /** Set credits aside before an expensive call. */
    hold(fields: CreditsHoldInput, options?: CommandOptions): Promise<Hold>
    /** One hold. */
    holdGet(
      hold: string, fields?: Omit<CreditsHoldGetInput, 'hold'>, options?: QueryOptions,
    ): Promise<Hold>
    /** Holds, newest first. */
    holdList(fields?: CreditsHoldListInput, options?: QueryOptions): Promise<HoldPage>
    /** Give back what a hold keeps. */
    release(fields: CreditsReleaseInput, options?: CommandOptions): Promise<Hold>
    /** Pay what a call cost from its hold; the rest comes back. */
    settle(fields: CreditsSettleInput, options?: CommandOptions): Promise<Hold>
    /** Limit what a scope may use in a period. */
    budgetCreate(fields: CreditsBudgetCreateInput, options?: CommandOptions): Promise<Budget>
    /** Remove a budget; nothing is limited by it from now on. */
    budgetDelete(
      budget: string, fields?: Omit<CreditsBudgetDeleteInput, 'budget'>, options?: CommandOptions,
    ): Promise<Budget>
    /** Budgets, each with what is used and held in its running period. */
    budgetList(fields?: CreditsBudgetListInput, options?: QueryOptions): Promise<BudgetPage>
    /** Change the limit, the warning lines or the action of a budget. */
    budgetUpdate(
      budget: string, fields?: Omit<CreditsBudgetUpdateInput, 'budget'>, options?: CommandOptions,
    ): Promise<Budget>
    /** What awards pay now; with a name, everything that this rate ever was, newest first. */
    rateList(fields?: CreditsRateListInput, options?: QueryOptions): Promise<RatePage>
    /** Set what an award pays from now on, or switch it off. */
    rateUpdate(
      rate: string, fields: Omit<CreditsRateUpdateInput, 'rate'>, options?: CommandOptions,
    ): Promise<Rate>
    /** Charge a model call to an agent, once. */
    charge(fields: CreditsChargeInput, options?: CommandOptions): Promise<Charge>
    /** The workspace’s own prices; all other models cost what the price library says. */
    priceList(fields?: CreditsPriceListInput, options?: QueryOptions): Promise<Prices>
    /** Set or remove what a million tokens of a model cost: US dollars, credits, or both. */
    priceUpdate(
      price: string, fields?: Omit<CreditsPriceUpdateInput, 'price'>, options?: CommandOptions,
    ): Promise<PricesNow>
    /** Profit and loss, by agent, team, workstream, model, day, week, month or in all. */
    pnl(fields: CreditsPnlInput, options?: QueryOptions): Promise<Pnl>
  }
  agent: {
    /** One agent by id or handle. */
    get(id: string, fields?: Omit<AgentGetInput, 'id'>, options?: QueryOptions): Promise<Agent>
    /** Make a signing key for an agent; its secret is shown once. */
    keyCreate(
      id: string, fields?: Omit<AgentKeyCreateInput, 'id'>, options?: CommandOptions,
    ): Promise<NewKey>
    /** The keys of an agent, without their secrets. */
    keyList(
      id: string, fields?: Omit<AgentKeyListInput, 'id'>, options?: QueryOptions,
    ): Promise<KeyPage>
    /** Revoke a key; what it signed is refused from now on. */
    keyRevoke(
      id: string,
      key: string,
      fields?: Omit<AgentKeyRevokeInput, 'id' | 'key'>,
      options?: CommandOptions,
    ): Promise<Key>
    /** List the agents of the workspace. */
    list(fields?: AgentListInput, options?: QueryOptions): Promise<AgentPage>
    /** Register an agent; its first key is shown once. */
    register(fields: AgentRegisterInput, options?: CommandOptions): Promise<Registered>
    /** Make a bearer token for an agent; it is shown once. */
    tokenCreate(
      id: string, fields?: Omit<AgentTokenCreateInput, 'id'>, options?: CommandOptions,
    ): Promise<Token>
    /** The bearer tokens of an agent, newest first, without their secrets. */
    tokenList(
      id: string, fields?: Omit<AgentTokenListInput, 'id'>, options?: QueryOptions,
    ): Promise<TokenPage>
    /** Revoke a bearer token of an agent. */
    tokenRevoke(
      id: string,
      token: string,
      fields?: Omit<AgentTokenRevokeInput, 'id' | 'token'>,
      options?: CommandOptions,
    ): Promise<RevokedToken>
    /** Who the server takes you for, and what you may do. */
    whoami(fields?: AgentWhoamiInput, options?: QueryOptions): Promise<Whoami>
  }
  event: {
    /** One event by its id. */
    get(id: string, fields?: Omit<EventGetInput, 'id'>, options?: QueryOptions): Promise<Event>
    /** Events, oldest first. */
    list(fields?: EventListInput, options?: QueryOptions): Promise<EventPage>
    /** Recompute the hash chain of both streams, and compare it with their signed heads. */
    verify(fields?: EventVerifyInput, options?: QueryOptions): Promise<ChainProof>
  }
  workspace: {
    /** The workspace you are in, with its settings. */
    get(fields?: WorkspaceGetInput, options?: QueryOptions): Promise<Workspace>
    /** Change the name or the settings of the workspace. */
    update(fields?: WorkspaceUpdateInput, options?: CommandOptions): Promise<Workspace>
  }
}
