/**
 * The ledger as its rules say it, in a few lines and in memory: what the real one is compared with.
 * Amounts in micro-credits. Budgets are those of the workspace and of single agents, once, blocking.
 */
export type Move =
  | { kind: 'spend' | 'hold'; agent: number; amount: bigint }
  | { kind: 'settle'; hold: number; amount: bigint }
  | { kind: 'release'; hold: number }
  | { kind: 'transfer'; agent: number; to: number; amount: bigint }
  | { kind: 'adjust'; agent: number; amount: bigint }

export type Outcome = 'ok' | 'insufficient_credits' | 'budget_exceeded' | 'hold_closed' | 'invalid_input'

type Account = { posted: bigint; held: bigint }
type Hold = { agent: number; amount: bigint; state: 'open' | 'settled' | 'released'; settled: bigint }
export type ModelBudget = { agent: number | null; limit: bigint; used: bigint; held: bigint }

export class LedgerModel {
  readonly accounts: Account[]
  readonly holds: Hold[] = []
  readonly budgets: ModelBudget[]

  constructor(start: bigint[], budgets: Pick<ModelBudget, 'agent' | 'limit'>[]) {
    this.accounts = start.map((posted) => ({ posted, held: 0n }))
    this.budgets = budgets.map((budget) => ({ ...budget, used: 0n, held: 0n }))
  }

  #over(agent: number): ModelBudget[] {
    return this.budgets.filter((budget) => budget.agent === null || budget.agent === agent)
  }

  #refusal(agent: number, amount: bigint, isCounted: boolean): Outcome | null {
    const { posted, held } = this.accounts[agent]!
    if (posted - held - amount < 0n) return 'insufficient_credits'
    const isFull = isCounted
      && this.#over(agent).some(({ used, held: kept, limit }) => used + kept + amount > limit)
    return isFull ? 'budget_exceeded' : null
  }

  apply(move: Move): Outcome {
    switch (move.kind) {
      case 'spend': {
        const refused = this.#refusal(move.agent, move.amount, true)
        if (refused) return refused
        this.accounts[move.agent]!.posted -= move.amount
        for (const budget of this.#over(move.agent)) budget.used += move.amount
        return 'ok'
      }
      case 'hold': {
        const refused = this.#refusal(move.agent, move.amount, true)
        if (refused) return refused
        this.accounts[move.agent]!.held += move.amount
        for (const budget of this.#over(move.agent)) budget.held += move.amount
        this.holds.push({ agent: move.agent, amount: move.amount, state: 'open', settled: 0n })
        return 'ok'
      }
      case 'settle': return this.#close(move.hold, 'settled', move.amount)
      case 'release': return this.#close(move.hold, 'released', 0n)
      case 'transfer': {
        if (move.agent === move.to) return 'invalid_input'
        const refused = this.#refusal(move.agent, move.amount, false)
        if (refused) return refused
        this.accounts[move.agent]!.posted -= move.amount
        this.accounts[move.to]!.posted += move.amount
        return 'ok'
      }
      case 'adjust':
        if (move.amount === 0n) return 'invalid_input'
        this.accounts[move.agent]!.posted += move.amount
        return 'ok'
    }
  }

  #close(index: number, state: 'settled' | 'released', paid: bigint): Outcome {
    const hold = this.holds[index]!
    if (hold.state !== 'open') return 'hold_closed'
    hold.state = state
    hold.settled = paid
    const account = this.accounts[hold.agent]!
    account.held -= hold.amount
    account.posted -= paid
    for (const budget of this.#over(hold.agent)) {
      budget.held -= hold.amount
      budget.used += paid
    }
    return 'ok'
  }
}
